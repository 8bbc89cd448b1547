#include "readers.h"
#include "names.h"

#include <string.h>

/*
 * One function for each pair of a record to fill (the reader's) and a record
 * that was written: the writer's fields in the writer's order, each read into
 * its place, read over, or promoted; before them the defaults of what is not
 * written (Avro specification, "Schema Resolution").
 */

static const char *reader_type(const struct place *place, const struct avro_named *named)
{
	return name_type(place->arena, place->event, place->reader, named);
}

const char *written_type(const struct place *place, const struct avro_named *named)
{
	return name_versioned(place->arena, place->writer, named);
}

static const char *function_name(
	const struct place *place, const struct avro_named *reader, const struct avro_named *writer)
{
	return arena_format(place->arena, "read_%s_from_%s", reader_type(place, reader),
		written_type(place, writer));
}

const char *read_call(
	const struct place *place, const struct avro_type *reader, const struct avro_type *writer)
{
	switch (writer->kind) {
	case AVRO_BOOLEAN:
		return "avro_read_boolean(reader)";
	case AVRO_INT:
		return "avro_read_int(reader)";
	case AVRO_LONG:
		return "avro_read_long(reader)";
	case AVRO_DECIMAL:
		return "avro_read_decimal(reader)";
	case AVRO_TIMESTAMP:
		return "avro_read_timestamp(reader)";
	case AVRO_UUID:
		/* A uuid on the wire is a string of 36. */
		return reader->kind == AVRO_STRING ? "avro_read_string(reader, 36)"
						   : "avro_read_uuid(reader)";
	default:
		return arena_format(place->arena, "avro_read_string(reader, %zu)", writer->max);
	}
}

const struct avro_named *record_inside(const struct avro_type *type)
{
	if (type->kind == AVRO_ARRAY)
		type = type->items;
	return type->kind == AVRO_RECORD ? type->named : NULL;
}

int put_branch(const struct place *place, const struct avro_type *writer)
{
	if (!writer->nullable)
		return 1;
	put(place->out, 1, "if (avro_read_branch(reader, 2) == %zu) {", 1 - writer->null_branch);
	return 2;
}

void put_branch_end(const struct place *place, const struct avro_type *writer)
{
	if (writer->nullable)
		put(place->out, 1, "}");
}

/* ---- what is not written ---- */

static void put_default(const struct place *place, const struct avro_field *field)
{
	const char *member = name_member(place->arena, field);

	/* The struct is zeroed: that is null, false, 0, a nil uuid and no items. */
	if (field->type.nullable)
		return;
	switch (field->type.kind) {
	case AVRO_STRING:
	case AVRO_BYTES:
		put(place->out, 1, "record->%s = %s;", member,
			name_c_text(place->arena, field->default_text));
		return;
	case AVRO_UUID:
		put(place->out, 1, "uuid_parse(\"%s\", 36, &record->%s);", field->default_text,
			member);
		return;
	case AVRO_ENUM:
		put(place->out, 1, "record->%s = %s_%s;", member,
			name_upper(place->arena, reader_type(place, field->type.named)),
			name_upper(place->arena, field->default_text));
		return;
	case AVRO_BOOLEAN:
		put(place->out, 1, "record->%s = %s;", member,
			field->default_number != 0 ? "true" : "false");
		return;
	case AVRO_INT:
	case AVRO_LONG:
	case AVRO_TIMESTAMP:
		put(place->out, 1, "record->%s = %s;", member,
			name_c_number(place->arena, field->default_number));
		return;
	default:
		return;
	}
}

/* ---- what both have ---- */

static void put_read_array(
	const struct place *place, const struct avro_field *field, const struct avro_type *writer)
{
	const struct avro_type *items = field->type.items;
	const char *member = name_member(place->arena, field);
	const char *type = name_c_type(place->arena, place->event, place->reader, items);

	put(place->out, 1, "{");
	put(place->out, 2,
		"struct avro_items items = {.items_max = %zu, .item_size = sizeof(%.*s)};",
		writer->max, (int)(strlen(type) - (type[strlen(type) - 1] == ' ')), type);
	put(place->out, 2, "%s*list = NULL;", type);
	put(place->out, 2, "size_t block;\n");
	put(place->out, 2, "while ((block = avro_read_block(reader, items.count, %zu)) > 0) {",
		writer->max);
	put(place->out, 3, "list = avro_items_room(reader, &items, list, block);");
	put(place->out, 3, "for (; block > 0 && reader->failure == NULL; block--)");
	if (items->kind == AVRO_RECORD)
		put(place->out, 4, "%s(reader, &list[items.count++]);",
			function_name(place, items->named, writer->items->named));
	else
		put(place->out, 4, "list[items.count++] = %s;",
			read_call(place, items, writer->items));
	put(place->out, 2, "}");
	put(place->out, 2, "record->%s = list;", member);
	put(place->out, 2, "record->%s_count = items.count;", member);
	put(place->out, 1, "}");
}

/* The writer's symbols by number, each as the reader's. */
static void put_read_enum(const struct place *place, int depth, const struct avro_field *field,
	const struct avro_named *writer)
{
	const struct avro_named *reader = field->type.named;
	const char *type = reader_type(place, reader);
	const char *prefix = name_upper(place->arena, type);

	put(place->out, depth, "static const enum %s %s_of[] = {", type,
		name_member(place->arena, field));
	for (size_t i = 0; i < writer->symbols.count; i++) {
		int symbol = avro_symbol_source(reader, writer, i);

		put(place->out, depth + 1, "%s_%s,", prefix,
			name_upper(place->arena, reader->symbols.list[symbol]));
	}
	put(place->out, depth, "};");
	put(place->out, depth, "record->%s = %s_of[avro_read_enum(reader, %zu)];",
		name_member(place->arena, field), name_member(place->arena, field),
		writer->symbols.count);
}

static void put_read_value(const struct place *place, int depth, const struct avro_field *field,
	const struct avro_type *writer)
{
	const char *member = name_member(place->arena, field);

	switch (field->type.kind) {
	case AVRO_RECORD:
		put(place->out, depth, "%s(reader, &record->%s);",
			function_name(place, field->type.named, writer->named), member);
		return;
	case AVRO_ENUM:
		put_read_enum(place, depth, field, writer->named);
		return;
	case AVRO_BYTES:
		put(place->out, depth,
			"record->%s = avro_read_bytes(reader, %zu, &record->%s_size);", member,
			writer->max, member);
		return;
	default:
		put(place->out, depth, "record->%s = %s;", member,
			read_call(place, &field->type, writer));
		return;
	}
}

static void put_read_field(
	const struct place *place, const struct avro_field *field, const struct avro_field *source)
{
	int depth;

	if (field->type.kind == AVRO_ARRAY) {
		put_read_array(place, field, &source->type);
		return;
	}
	depth = put_branch(place, &source->type);
	put_read_value(place, depth, field, &source->type);
	if (name_has_flag(&field->type))
		put(place->out, depth, "record->has_%s = true;", name_member(place->arena, field));
	put_branch_end(place, &source->type);
}

/* The reader's field that takes its value from @source, or NULL. */
static const struct avro_field *target_of(const struct avro_named *reader,
	const struct avro_named *writer, const struct avro_field *source)
{
	for (size_t i = 0; i < reader->field_count; i++)
		if (avro_field_source(&reader->fields[i], writer) == source)
			return &reader->fields[i];
	return NULL;
}

static bool claim(
	struct done *done, const struct avro_named *reader, const struct avro_named *writer)
{
	for (size_t i = 0; i < done->pair_count; i++)
		if (done->pairs[i].reader == reader && done->pairs[i].writer == writer)
			return false;
	done->pairs[done->pair_count].reader = reader;
	done->pairs[done->pair_count++].writer = writer;
	return true;
}

static void put_read_record(const struct place *place, const struct avro_named *reader,
	const struct avro_named *writer);

static void put_inner_records(
	const struct place *place, const struct avro_named *reader, const struct avro_named *writer)
{
	for (size_t i = 0; i < writer->field_count; i++) {
		const struct avro_field *source = &writer->fields[i];
		const struct avro_field *target = target_of(reader, writer, source);

		if (record_inside(&source->type) == NULL)
			continue;
		if (target == NULL)
			put_skip_record(place, record_inside(&source->type));
		else
			put_read_record(
				place, record_inside(&target->type), record_inside(&source->type));
	}
}

static void put_read_record(
	const struct place *place, const struct avro_named *reader, const struct avro_named *writer)
{
	if (!claim(place->done, reader, writer))
		return;
	put_inner_records(place, reader, writer);
	put(place->out, 0, "\nstatic void %s(struct avro_reader *reader, struct %s *record)",
		function_name(place, reader, writer), reader_type(place, reader));
	put(place->out, 0, "{");
	for (size_t i = 0; i < reader->field_count; i++)
		if (avro_field_source(&reader->fields[i], writer) == NULL)
			put_default(place, &reader->fields[i]);
	for (size_t i = 0; i < writer->field_count; i++) {
		const struct avro_field *source = &writer->fields[i];
		const struct avro_field *target = target_of(reader, writer, source);

		put(place->out, 1, "reader->field = \"%s\";", source->name);
		if (target == NULL)
			put_skip_field(place, source);
		else
			put_read_field(place, target, source);
	}
	put(place->out, 0, "}");
}

/* ---- by id ---- */

static void put_decode(const struct model *model, struct place *place)
{
	const struct event *event = place->event;
	const struct avro_named *record = place->reader->schema->record;
	const size_t reader = (size_t)(place->reader - event->versions);
	const char *type = reader_type(place, record);

	put(place->out, 0, "\nint %s_decode(const void *bytes, size_t size, struct arena *arena,",
		type);
	put(place->out, 1, "struct %s *ret_event)", type);
	put(place->out, 0, "{");
	put(place->out, 1, "struct %s event = {0};", type);
	put(place->out, 1, "struct avro_reader reader;");
	put(place->out, 1, "uint32_t id;");
	put(place->out, 1, "int r;\n");
	put(place->out, 1, "r = avro_read_header(bytes, size, &id);");
	put(place->out, 1, "if (r < 0)");
	put(place->out, 2, "return r;");
	put(place->out, 1, "avro_reader_init(&reader, (const uint8_t *)bytes + AVRO_HEADER_SIZE,");
	put(place->out, 2, "size - AVRO_HEADER_SIZE, arena);");
	put(place->out, 1, "switch (id) {");
	for (size_t i = 0; i < event->version_count; i++) {
		if (!model_reads(model, event, reader, i))
			continue;
		place->writer = &event->versions[i];
		put(place->out, 1, "case %u:", place->writer->id);
		put(place->out, 2, "%s(&reader, &event);",
			function_name(place, record, place->writer->schema->record));
		put(place->out, 2, "break;");
	}
	put(place->out, 1, "default:");
	put(place->out, 2,
		"return fault(FAULT_INPUT, \"%s: schema id %%\" PRIu32 "
		"\" is none of its versions\", id);",
		event->name);
	put(place->out, 1, "}");
	put(place->out, 1, "r = avro_reader_check(&reader, \"%s\");", event->name);
	put(place->out, 1, "if (r < 0)");
	put(place->out, 2, "return r;");
	put(place->out, 1, "*ret_event = event;");
	put(place->out, 1, "return 0;");
	put(place->out, 0, "}");
}

void generate_readers(const struct model *model, const struct event *event, struct buffer *out)
{
	struct place place = {.arena = model->arena, .event = event, .out = out};

	place.done = arena_new(model->arena, struct done);
	for (size_t reader = 0; reader < event->version_count; reader++) {
		place.reader = &event->versions[reader];
		for (size_t writer = 0; writer < event->version_count; writer++) {
			if (!model_reads(model, event, reader, writer))
				continue;
			place.writer = &event->versions[writer];
			place.done->pair_count = 0;
			put_read_record(
				&place, place.reader->schema->record, place.writer->schema->record);
		}
		put_decode(model, &place);
	}
}
