#include "names.h"
#include "writers.h"

/* The call that checks @value, or NULL where any value will do. */
static const char *check_call(const struct writer *place, const struct avro_type *type,
	const char *path, const char *value)
{
	switch (type->kind) {
	case AVRO_STRING:
		return arena_format(
			place->arena, "avro_check_string(\"%s\", %s, %zu)", path, value, type->max);
	case AVRO_BYTES:
		return arena_format(place->arena, "avro_check_bytes(\"%s\", %s, %s_size, %zu)",
			path, value, value, type->max);
	case AVRO_DECIMAL:
		return arena_format(place->arena, "avro_check_decimal(\"%s\", %s)", path, value);
	case AVRO_TIMESTAMP:
		return arena_format(place->arena, "avro_check_timestamp(\"%s\", %s)", path, value);
	case AVRO_ENUM:
		return arena_format(place->arena, "avro_check_enum(\"%s\", %s, %zu)", path, value,
			type->named->symbols.count);
	case AVRO_RECORD:
		return arena_format(
			place->arena, "check_%s(&%s)", writer_type(place, type->named), value);
	default:
		return NULL;
	}
}

static void put_checked(const struct writer *place, int depth, const char *call)
{
	put(place->out, depth, "r = %s;", call);
	put(place->out, depth, "if (r < 0)");
	put(place->out, depth + 1, "return r;");
}

static void put_check_array(const struct writer *place, const struct avro_field *field,
	const char *path, const char *member)
{
	const char *item = arena_format(place->arena, "record->%s[i]", member);
	const char *call = check_call(place, field->type.items, path, item);

	put_checked(place, 1,
		arena_format(place->arena,
			"avro_check_count(\"%s\", record->%s, record->%s_count, %zu)", path, member,
			member, field->type.max));
	if (call == NULL)
		return;
	put(place->out, 1, "for (size_t i = 0; i < record->%s_count; i++) {", member);
	put_checked(place, 2, call);
	put(place->out, 1, "}");
}

static void put_check_field(const struct writer *place, const struct avro_field *field)
{
	const char *member = name_member(place->arena, field);
	const char *path = arena_format(place->arena, "%s.%s", place->record->name, field->name);
	const char *call;

	if (field->type.kind == AVRO_ARRAY) {
		put_check_array(place, field, path, member);
		return;
	}
	call = check_call(
		place, &field->type, path, arena_format(place->arena, "record->%s", member));
	if (call == NULL)
		return;
	if (!field->type.nullable) {
		put_checked(place, 1, call);
		return;
	}
	put(place->out, 1, "if (%s) {", writer_condition(place, field, member));
	put_checked(place, 2, call);
	put(place->out, 1, "}");
}

void put_check(const struct writer *place)
{
	put(place->out, 0, "\nstatic int check_%s(const struct %s *record)", place->type,
		place->type);
	put(place->out, 0, "{");
	put(place->out, 1, "int r = 0;\n");
	for (size_t i = 0; i < place->record->field_count; i++)
		put_check_field(place, &place->record->fields[i]);
	/* A record of whole numbers has nothing to check. */
	put(place->out, 1, "(void)record;");
	put(place->out, 1, "return r;");
	put(place->out, 0, "}");
}
