#include "writers.h"
#include "generate.h"
#include "names.h"

const char *writer_type(const struct writer *place, const struct avro_named *named)
{
	return name_type(place->arena, place->event, place->version, named);
}

/* The condition under which a nullable value is there. */
const char *writer_condition(
	const struct writer *place, const struct avro_field *field, const char *member)
{
	if (name_has_flag(&field->type))
		return arena_format(place->arena, "record->has_%s", member);
	if (field->type.kind == AVRO_UUID)
		return arena_format(place->arena, "!uuid_is_nil(&record->%s)", member);
	return arena_format(place->arena, "record->%s != NULL", member);
}

/* ---- sizes ---- */

/* The most bytes any value of @type takes, texts and what is inside left aside. */
static size_t fixed_size(const struct avro_type *type)
{
	const size_t branch = type->nullable ? 1 : 0;

	switch (type->kind) {
	case AVRO_BOOLEAN:
		return branch + 1;
	case AVRO_INT:
	case AVRO_ENUM:
	case AVRO_STRING:
	case AVRO_BYTES:
		return branch + 5; /* itself, or the length */
	case AVRO_LONG:
		return branch + 10;
	case AVRO_TIMESTAMP:
		return branch + 9; /* to the year 9999 */
	case AVRO_UUID:
		return branch + 37;
	case AVRO_DECIMAL:
		return branch + 9;
	case AVRO_ARRAY:
		return 5 + 1; /* one block and the end */
	case AVRO_RECORD:
		return 0;
	}
	return 0;
}

/* What @value adds to its fixed size; NULL: nothing. */
static const char *size_call(
	const struct writer *place, const struct avro_type *type, const char *value)
{
	if (type->kind == AVRO_STRING)
		return arena_format(place->arena, "strlen(%s)", value);
	if (type->kind == AVRO_BYTES)
		return arena_format(place->arena, "%s_size", value);
	if (type->kind == AVRO_RECORD)
		return arena_format(
			place->arena, "size_%s(&%s)", writer_type(place, type->named), value);
	return NULL;
}

static void put_size_array(
	const struct writer *place, const struct avro_field *field, const char *member)
{
	const struct avro_type *items = field->type.items;
	const char *call =
		size_call(place, items, arena_format(place->arena, "record->%s[i]", member));

	if (fixed_size(items) > 0)
		put(place->out, 1, "size += record->%s_count * %zu;", member, fixed_size(items));
	if (call == NULL)
		return;
	put(place->out, 1, "for (size_t i = 0; i < record->%s_count; i++)", member);
	put(place->out, 2, "size += %s;", call);
}

static void put_size_field(const struct writer *place, const struct avro_field *field)
{
	const char *member = name_member(place->arena, field);
	const char *call;

	if (field->type.kind == AVRO_ARRAY) {
		put_size_array(place, field, member);
		return;
	}
	call = size_call(place, &field->type, arena_format(place->arena, "record->%s", member));
	if (call == NULL)
		return;
	if (field->type.nullable) {
		put(place->out, 1, "if (%s)", writer_condition(place, field, member));
		put(place->out, 2, "size += %s;", call);
	} else {
		put(place->out, 1, "size += %s;", call);
	}
}

static void put_size(const struct writer *place)
{
	size_t fixed = 0;

	for (size_t i = 0; i < place->record->field_count; i++)
		fixed += fixed_size(&place->record->fields[i].type);
	put(place->out, 0, "\n/* No less than what is written. */");
	put(place->out, 0, "static size_t size_%s(const struct %s *record)", place->type,
		place->type);
	put(place->out, 0, "{");
	put(place->out, 1, "size_t size = %zu;\n", fixed);
	for (size_t i = 0; i < place->record->field_count; i++)
		put_size_field(place, &place->record->fields[i]);
	put(place->out, 1, "(void)record;");
	put(place->out, 1, "return size;");
	put(place->out, 0, "}");
}

/* ---- writing ---- */

static const char *write_call(
	const struct writer *place, const struct avro_type *type, const char *value)
{
	switch (type->kind) {
	case AVRO_BOOLEAN:
		return arena_format(place->arena, "avro_write_boolean(out, %s)", value);
	case AVRO_INT:
		return arena_format(place->arena, "avro_write_int(out, %s)", value);
	case AVRO_LONG:
	case AVRO_TIMESTAMP:
		return arena_format(place->arena, "avro_write_long(out, %s)", value);
	case AVRO_STRING:
		return arena_format(place->arena, "avro_write_string(out, %s)", value);
	case AVRO_BYTES:
		return arena_format(
			place->arena, "avro_write_bytes(out, %s, %s_size)", value, value);
	case AVRO_UUID:
		return arena_format(place->arena, "avro_write_uuid(out, &%s)", value);
	case AVRO_DECIMAL:
		return arena_format(place->arena, "avro_write_decimal(out, %s)", value);
	case AVRO_ENUM:
		return arena_format(place->arena, "avro_write_int(out, (int32_t)%s)", value);
	case AVRO_RECORD:
		return arena_format(
			place->arena, "write_%s(&%s, out)", writer_type(place, type->named), value);
	case AVRO_ARRAY:
		break;
	}
	return NULL;
}

static void put_write_array(
	const struct writer *place, const struct avro_field *field, const char *member)
{
	const char *call = write_call(
		place, field->type.items, arena_format(place->arena, "record->%s[i]", member));

	put(place->out, 1, "if (record->%s_count > 0)", member);
	put(place->out, 2, "avro_write_long(out, (int64_t)record->%s_count);", member);
	put(place->out, 1, "for (size_t i = 0; i < record->%s_count; i++)", member);
	put(place->out, 2, "%s;", call);
	put(place->out, 1, "avro_write_long(out, 0);");
}

static void put_write_field(const struct writer *place, const struct avro_field *field)
{
	const struct avro_type *type = &field->type;
	const char *member = name_member(place->arena, field);
	const char *call;

	if (type->kind == AVRO_ARRAY) {
		put_write_array(place, field, member);
		return;
	}
	call = write_call(place, type, arena_format(place->arena, "record->%s", member));
	if (!type->nullable) {
		put(place->out, 1, "%s;", call);
		return;
	}
	put(place->out, 1, "if (%s) {", writer_condition(place, field, member));
	put(place->out, 2, "avro_write_long(out, %zu);", 1 - type->null_branch);
	put(place->out, 2, "%s;", call);
	put(place->out, 1, "} else {");
	put(place->out, 2, "avro_write_long(out, %zu);", type->null_branch);
	put(place->out, 1, "}");
}

static void put_write(const struct writer *place)
{
	put(place->out, 0, "\nstatic void write_%s(const struct %s *record, struct buffer *out)",
		place->type, place->type);
	put(place->out, 0, "{");
	for (size_t i = 0; i < place->record->field_count; i++)
		put_write_field(place, &place->record->fields[i]);
	put(place->out, 0, "}");
}

static void put_encode(const struct writer *place)
{
	put(place->out, 0, "\nint %s_encode(const struct %s *event, struct buffer *out)",
		place->type, place->type);
	put(place->out, 0, "{");
	put(place->out, 1, "int r = check_%s(event);\n", place->type);
	put(place->out, 1, "if (r < 0)");
	put(place->out, 2, "return r;");
	put(place->out, 1, "avro_write_header(out, %u);", place->version->id);
	put(place->out, 1, "write_%s(event, out);", place->type);
	put(place->out, 1, "return buffer_check(out, \"%s\");", place->record->name);
	put(place->out, 0, "}");
}

static void put_emit(const struct writer *place)
{
	put(place->out, 0, "\nvoid %s_emit(struct outbox *outbox, const struct %s *event)",
		place->type, place->type);
	put(place->out, 0, "{");
	put(place->out, 1, "struct buffer out;\n");
	put(place->out, 1, "avro_emit_check(check_%s(event), \"%s\", &event->order_id);",
		place->type, place->record->name);
	put(place->out, 1,
		"out = avro_emit_room(outbox->arena, AVRO_HEADER_SIZE + size_%s(event));",
		place->type);
	put(place->out, 1, "avro_write_header(&out, %u);", place->version->id);
	put(place->out, 1, "write_%s(event, &out);", place->type);
	put(place->out, 1, "assert(!out.failed);");
	put(place->out, 1,
		"outbox_add(outbox, \"%s\", \"%s\", &event->order_id, out.data, out.size);",
		place->event->topic, place->event->name);
	put(place->out, 0, "}");
}

void generate_writers(const struct model *model, const struct event *event, struct buffer *out)
{
	for (size_t i = 0; i < event->version_count; i++) {
		struct writer place = {model->arena, event, &event->versions[i], NULL, NULL, out};
		const bool latest = place.version == event_latest(event);
		struct named_list records = {0};

		collect_named(place.version->schema->record, AVRO_RECORD, &records);
		for (size_t j = 0; j < records.count; j++) {
			place.record = records.items[j];
			place.type = writer_type(&place, place.record);
			put_check(&place);
			put_write(&place);
			if (latest)
				put_size(&place);
		}
		put_encode(&place);
		if (latest)
			put_emit(&place);
	}
}
