#include "schema_parse.h"

#include <base/fault.h>
#include <base/uuid.h>
#include <string.h>

static int default_symbol(
	struct parse *parse, const struct json_value *value, struct avro_field *field)
{
	const struct avro_names *symbols = &field->type.named->symbols;

	if (json_kind_of(value) != JSON_TEXT)
		return schema_refuse(parse, "the default must be a symbol");
	for (size_t i = 0; i < symbols->count; i++) {
		if (strcmp(symbols->list[i], json_string(value, NULL)) != 0)
			continue;
		field->default_number = (int64_t)i;
		field->default_text = symbols->list[i];
		return 0;
	}
	return schema_refuse(parse, "the default is none of the symbols");
}

static int default_text(
	struct parse *parse, const struct json_value *value, struct avro_field *field)
{
	struct uuid id;
	const char *text;
	size_t size;

	if (json_kind_of(value) != JSON_TEXT)
		return schema_refuse(parse, "the default must be text");
	text = json_string(value, &size);
	if (field->type.kind == AVRO_UUID && uuid_parse(text, size, &id) < 0)
		return schema_refuse(parse, "the default must be a UUID");
	if (field->type.kind == AVRO_BYTES && size > 0)
		return schema_refuse(parse, "the only default of bytes known here is \"\"");
	if (field->type.kind == AVRO_STRING && size > field->type.max)
		return schema_refuse(parse, "the default is longer than maxLength");
	field->default_text = arena_string(parse->arena, text);
	return 0;
}

static int default_number(
	struct parse *parse, const struct json_value *value, struct avro_field *field)
{
	if (json_kind_of(value) != JSON_INT)
		return schema_refuse(parse, "the default must be a whole number");
	field->default_number = json_number(value);
	if (field->type.kind == AVRO_INT &&
		(field->default_number < INT32_MIN || field->default_number > INT32_MAX))
		return schema_refuse(parse, "the default is beyond int");
	return 0;
}

static int default_boolean(
	struct parse *parse, const struct json_value *value, struct avro_field *field)
{
	if (json_kind_of(value) != JSON_BOOL)
		return schema_refuse(parse, "the default must be true or false");
	field->default_number = json_truth(value);
	return 0;
}

/* Avro 1.12 lets a default match any branch; older readers know only the first. */
static int default_of_union(
	struct parse *parse, const struct json_value *value, struct avro_field *field)
{
	if (json_kind_of(value) != JSON_NULL || field->type.null_branch != 0)
		return schema_refuse(
			parse, "the default of a union must be null, its first branch");
	return 0;
}

int schema_parse_default(
	struct parse *parse, const struct json_value *value, struct avro_field *field)
{
	if (value == NULL)
		return 0;
	field->has_default = true;
	if (field->type.nullable)
		return default_of_union(parse, value, field);
	switch (field->type.kind) {
	case AVRO_BOOLEAN:
		return default_boolean(parse, value, field);
	case AVRO_INT:
	case AVRO_LONG:
	case AVRO_TIMESTAMP:
		return default_number(parse, value, field);
	case AVRO_STRING:
	case AVRO_BYTES:
	case AVRO_UUID:
		return default_text(parse, value, field);
	case AVRO_ENUM:
		return default_symbol(parse, value, field);
	case AVRO_ARRAY:
		if (json_kind_of(value) == JSON_ARRAY && json_count(value) == 0)
			return 0;
		return schema_refuse(parse, "the only default of an array known here is []");
	case AVRO_DECIMAL:
	case AVRO_RECORD:
		break;
	}
	return fault(FAULT_INPUT, "%s: a default of %s is not known here", parse->where,
		avro_kind_name(field->type.kind));
}
