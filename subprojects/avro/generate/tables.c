#include "generate.h"
#include "names.h"

#include <string.h>

struct place {
	struct arena *arena;
	const struct event *event;
	const struct version *version;
	struct buffer *out;
};

static const char *kind_constant(enum avro_kind kind)
{
	static const char *const constants[] = {
		[AVRO_BOOLEAN] = "AVRO_BOOLEAN",
		[AVRO_INT] = "AVRO_INT",
		[AVRO_LONG] = "AVRO_LONG",
		[AVRO_STRING] = "AVRO_STRING",
		[AVRO_BYTES] = "AVRO_BYTES",
		[AVRO_UUID] = "AVRO_UUID",
		[AVRO_DECIMAL] = "AVRO_DECIMAL",
		[AVRO_TIMESTAMP] = "AVRO_TIMESTAMP",
		[AVRO_ENUM] = "AVRO_ENUM",
		[AVRO_RECORD] = "AVRO_RECORD",
		[AVRO_ARRAY] = "AVRO_ARRAY",
	};

	return constants[kind];
}

static const char *type_of(const struct place *place, const struct avro_named *named)
{
	return name_type(place->arena, place->event, place->version, named);
}

/* ---- layouts ---- */

static void put_symbols(const struct place *place, const struct avro_named *named)
{
	put(place->out, 0, "\nstatic const char *const %s_symbols[] = {", type_of(place, named));
	for (size_t i = 0; i < named->symbols.count; i++)
		put(place->out, 1, "\"%s\",", named->symbols.list[i]);
	put(place->out, 0, "};");
}

static void put_extra(const struct place *place, const char *type, const struct avro_field *field)
{
	const char *member = name_member(place->arena, field);

	if (field->type.kind == AVRO_ARRAY)
		put(place->out, 2, ".extra = offsetof(struct %s, %s_count),", type, member);
	if (field->type.kind == AVRO_BYTES)
		put(place->out, 2, ".extra = offsetof(struct %s, %s_size),", type, member);
	if (name_has_flag(&field->type))
		put(place->out, 2, ".extra = offsetof(struct %s, has_%s),", type, member);
}

static void put_inside(const struct place *place, const char *type, const struct avro_field *field)
{
	const struct avro_type *items = field->type.items;

	if (items != NULL) {
		put(place->out, 2, ".item_kind = %s,", kind_constant(items->kind));
		put(place->out, 2, ".item_size = sizeof(*((struct %s *)0)->%s),", type,
			name_member(place->arena, field));
		if (items->max > 0)
			put(place->out, 2, ".item_max = %zu,", items->max);
	}
	if (field->type.kind == AVRO_RECORD || (items != NULL && items->kind == AVRO_RECORD))
		put(place->out, 2, ".layout = &%s_layout,",
			type_of(place, items == NULL ? field->type.named : items->named));
	if (field->type.kind == AVRO_ENUM) {
		put(place->out, 2, ".symbols = %s_symbols,", type_of(place, field->type.named));
		put(place->out, 2, ".symbol_count = %zu,", field->type.named->symbols.count);
	}
}

static void put_layout(const struct place *place, const struct avro_named *record)
{
	const char *type = type_of(place, record);

	put(place->out, 0, "\nstatic const struct avro_member %s_members[] = {", type);
	for (size_t i = 0; i < record->field_count; i++) {
		const struct avro_field *field = &record->fields[i];

		put(place->out, 1, "{");
		put(place->out, 2, ".name = \"%s\",", field->name);
		put(place->out, 2, ".kind = %s,", kind_constant(field->type.kind));
		put(place->out, 2, ".offset = offsetof(struct %s, %s),", type,
			name_member(place->arena, field));
		if (field->type.nullable)
			put(place->out, 2, ".nullable = true,");
		if (field->type.max > 0)
			put(place->out, 2, ".max = %zu,", field->type.max);
		put_extra(place, type, field);
		put_inside(place, type, field);
		put(place->out, 1, "},");
	}
	put(place->out, 0, "};");
	put(place->out, 0, "static const struct avro_layout %s_layout = {", type);
	put(place->out, 1, "\"%s\", sizeof(struct %s), %s_members, %zu};", record->name, type, type,
		record->field_count);
}

void generate_layouts(const struct model *model, const struct event *event, struct buffer *out)
{
	for (size_t i = 0; i < event->version_count; i++) {
		struct place place = {model->arena, event, &event->versions[i], out};
		struct named_list enums = {0}, records = {0};

		collect_named(place.version->schema->record, AVRO_ENUM, &enums);
		for (size_t j = 0; j < enums.count; j++)
			put_symbols(&place, enums.items[j]);
		collect_named(place.version->schema->record, AVRO_RECORD, &records);
		for (size_t j = 0; j < records.count; j++)
			put_layout(&place, records.items[j]);
	}
}

/* ---- tables over all events ---- */

static void put_infos(const struct model *model, struct buffer *out)
{
	put(out, 0, "\nstatic const struct event_info infos[EVENT_TYPE_COUNT] = {");
	for (size_t i = 0; i < model->event_count; i++) {
		const struct event *event = &model->events[i];
		const struct version *latest = event_latest(event);
		const char *type = name_snake(model->arena, event->name);

		put(out, 1, "[EVENT_%s] = {\"%s\", \"%s\", \"%s\",",
			name_upper(model->arena, event->name), event->name, event->topic,
			event->context);
		put(out, 2, "%u, %d, sizeof(struct %s), &%s_layout},", latest->id, latest->number,
			type, type);
	}
	put(out, 0, "};");
}

static void put_versions(const struct model *model, struct buffer *out)
{
	put(out, 0, "\nstatic const struct event_version versions[] = {");
	for (size_t i = 0; i < model->event_count; i++) {
		const struct event *event = &model->events[i];

		for (size_t j = 0; j < event->version_count; j++) {
			const struct version *version = &event->versions[j];

			put(out, 1, "{%u, EVENT_%s, %d, \"%s\", &%s_layout},", version->id,
				name_upper(model->arena, event->name), version->number,
				version->path,
				name_type(model->arena, event, version, version->schema->record));
		}
	}
	put(out, 0, "};");
}

static const char lookups[] =
	"\n"
	"const struct event_info *event_info(enum event_type type)\n"
	"{\n"
	"\treturn &infos[type];\n"
	"}\n"
	"\n"
	"const struct event_version *event_versions(size_t *ret_count)\n"
	"{\n"
	"\t*ret_count = sizeof(versions) / sizeof(versions[0]);\n"
	"\treturn versions;\n"
	"}\n"
	"\n"
	"int event_type_of(const char *name, enum event_type *ret_type)\n"
	"{\n"
	"\tfor (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {\n"
	"\t\tif (strcmp(infos[i].name, name) != 0)\n"
	"\t\t\tcontinue;\n"
	"\t\t*ret_type = (enum event_type)i;\n"
	"\t\treturn 0;\n"
	"\t}\n"
	"\treturn fault(FAULT_INPUT, \"no event is called %s\", name);\n"
	"}\n"
	"\n"
	"void event_write_json(enum event_type type, const void *event, struct json_writer "
	"*writer)\n"
	"{\n"
	"\tavro_write_json(infos[type].layout, event, NULL, writer);\n"
	"}\n"
	"\n"
	"int event_encode(enum event_type type, const void *event, struct buffer *out)\n"
	"{\n"
	"\treturn event_encode_version(infos[type].schema_id, event, out);\n"
	"}\n";

static void put_encode_version(const struct model *model, struct buffer *out)
{
	put(out, 0,
		"\nint event_encode_version(uint32_t schema_id, const void *event, struct buffer "
		"*out)");
	put(out, 0, "{");
	put(out, 1, "switch (schema_id) {");
	for (size_t i = 0; i < model->event_count; i++) {
		const struct event *event = &model->events[i];

		for (size_t j = 0; j < event->version_count; j++) {
			const struct version *version = &event->versions[j];

			put(out, 1, "case %u:", version->id);
			put(out, 2, "return %s_encode(event, out);",
				name_type(model->arena, event, version, version->schema->record));
		}
	}
	put(out, 1, "default:");
	put(out, 2, "return fault(FAULT_INPUT, \"no schema has id %%\" PRIu32, schema_id);");
	put(out, 1, "}");
	put(out, 0, "}");
}

static void put_case_decode(const struct model *model, const struct event *event,
	const struct version *version, struct buffer *out)
{
	const char *type = name_type(model->arena, event, version, version->schema->record);

	put(out, 1, "case %u: {", version->id);
	put(out, 2, "struct %s *event = arena_new(arena, struct %s);", type, type);
	put(out, 2, "int r = %s_decode(bytes, size, arena, event);\n", type);
	put(out, 2, "if (r == 0)");
	put(out, 3, "*ret_event = event;");
	put(out, 2, "return r;");
	put(out, 1, "}");
}

static void put_decode_version(const struct model *model, struct buffer *out)
{
	put(out, 0,
		"\nint event_decode_version(uint32_t schema_id, const void *bytes, size_t size,");
	put(out, 1, "struct arena *arena, const void **ret_event)");
	put(out, 0, "{");
	put(out, 1, "switch (schema_id) {");
	for (size_t i = 0; i < model->event_count; i++)
		for (size_t j = 0; j < model->events[i].version_count; j++)
			put_case_decode(
				model, &model->events[i], &model->events[i].versions[j], out);
	put(out, 1, "default:");
	put(out, 2, "return fault(FAULT_INPUT, \"no schema has id %%\" PRIu32, schema_id);");
	put(out, 1, "}");
	put(out, 0, "}");
}

static void put_type_of_id(const struct model *model, struct buffer *out)
{
	put(out, 0, "\n/* The event that a schema belongs to; EVENT_TYPE_COUNT: none. */");
	put(out, 0, "static enum event_type type_of_id(uint32_t schema_id)");
	put(out, 0, "{");
	put(out, 1, "switch (schema_id) {");
	for (size_t i = 0; i < model->event_count; i++) {
		const struct event *event = &model->events[i];

		for (size_t j = 0; j < event->version_count; j++)
			put(out, 1, "case %u:", event->versions[j].id);
		put(out, 2, "return EVENT_%s;", name_upper(model->arena, event->name));
	}
	put(out, 1, "default:");
	put(out, 2, "return EVENT_TYPE_COUNT;");
	put(out, 1, "}");
	put(out, 0, "}");
}

static const char decode_any[] =
	"\n"
	"int event_decode(const void *bytes, size_t size, struct arena *arena,\n"
	"\tenum event_type *ret_type, const void **ret_event)\n"
	"{\n"
	"\tenum event_type type;\n"
	"\tuint32_t id;\n"
	"\tint r;\n"
	"\n"
	"\tr = avro_read_header(bytes, size, &id);\n"
	"\tif (r < 0)\n"
	"\t\treturn r;\n"
	"\ttype = type_of_id(id);\n"
	"\tif (type == EVENT_TYPE_COUNT)\n"
	"\t\treturn fault(FAULT_INPUT, \"no schema has id %\" PRIu32, id);\n"
	"\tr = event_decode_version(infos[type].schema_id, bytes, size, arena, ret_event);\n"
	"\tif (r == 0)\n"
	"\t\t*ret_type = type;\n"
	"\treturn r;\n"
	"}\n";

void generate_tables(const struct model *model, struct buffer *out)
{
	put_infos(model, out);
	put_versions(model, out);
	buffer_add_text(out, lookups);
	put_encode_version(model, out);
	put_decode_version(model, out);
	put_type_of_id(model, out);
	buffer_add_text(out, decode_any);
}
