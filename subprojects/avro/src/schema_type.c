#include "schema_parse.h"

#include <base/fault.h>
#include <string.h>

static int parse_bound(
	struct parse *parse, const struct json_value *object, const char *member, size_t *ret_bound)
{
	const struct json_value *bound = object == NULL ? NULL : json_member(object, member);

	if (bound == NULL || json_kind_of(bound) != JSON_INT || json_number(bound) < 1 ||
		json_number(bound) > AVRO_BOUND_MAX)
		return fault(FAULT_INPUT, "%s: needs a bound, \"%s\": 1 … %d", parse->where, member,
			AVRO_BOUND_MAX);
	*ret_bound = (size_t)json_number(bound);
	return 0;
}

static bool has_number(const struct json_value *object, const char *member, int64_t number)
{
	const struct json_value *value = json_member(object, member);

	return value != NULL && json_kind_of(value) == JSON_INT && json_number(value) == number;
}

static int parse_logical(struct parse *parse, const struct json_value *object, const char *name,
	const char *logical, struct avro_type *ret_type)
{
	if (strcmp(name, "string") == 0 && strcmp(logical, "uuid") == 0) {
		ret_type->kind = AVRO_UUID;
		return 0;
	}
	if (strcmp(name, "long") == 0 && strcmp(logical, "timestamp-micros") == 0) {
		ret_type->kind = AVRO_TIMESTAMP;
		return 0;
	}
	if (strcmp(name, "bytes") == 0 && strcmp(logical, "decimal") == 0 &&
		has_number(object, "precision", 18) && has_number(object, "scale", 2)) {
		ret_type->kind = AVRO_DECIMAL;
		return 0;
	}
	return fault(FAULT_INPUT,
		"%s: logical type %s of %s; known are uuid of string, timestamp-micros of long, "
		"decimal with precision 18 and scale 2 of bytes",
		parse->where, logical, name);
}

/* @object holds the attributes; NULL where the type is only a name. */
static int parse_primitive(struct parse *parse, const char *name, const struct json_value *object,
	struct avro_type *ret_type)
{
	static const struct {
		const char *name;
		enum avro_kind kind;
	} kinds[] = {
		{"boolean", AVRO_BOOLEAN},
		{"int", AVRO_INT},
		{"long", AVRO_LONG},
		{"string", AVRO_STRING},
		{"bytes", AVRO_BYTES},
	};
	const char *logical = object == NULL ? NULL : schema_text(object, "logicalType");

	if (logical != NULL)
		return parse_logical(parse, object, name, logical, ret_type);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		ret_type->kind = kinds[i].kind;
		if (kinds[i].kind == AVRO_STRING || kinds[i].kind == AVRO_BYTES)
			return parse_bound(parse, object, "maxLength", &ret_type->max);
		return 0;
	}
	return fault(FAULT_INPUT, "%s: type %s is not known here", parse->where, name);
}

static int parse_reference(struct parse *parse, const char *name, struct avro_type *ret_type)
{
	for (size_t i = 0; i < parse->named_count; i++) {
		if (strcmp(parse->named[i]->name, name) != 0)
			continue;
		ret_type->kind = parse->kinds[i];
		ret_type->named = parse->named[i];
		return 0;
	}
	return parse_primitive(parse, name, NULL, ret_type);
}

static int parse_array(
	struct parse *parse, const struct json_value *object, struct avro_type *ret_type)
{
	const struct json_value *items = json_member(object, "items");
	struct avro_type *type = arena_new(parse->arena, struct avro_type);
	int r;

	if (items == NULL)
		return schema_refuse(parse, "an array needs \"items\"");
	r = parse_bound(parse, object, "maxItems", &ret_type->max);
	if (r < 0)
		return r;
	r = schema_parse_type(parse, items, type);
	if (r < 0)
		return r;
	if (type->nullable || type->kind == AVRO_ARRAY || type->kind == AVRO_BYTES ||
		type->kind == AVRO_ENUM)
		return schema_refuse(parse,
			"an item that is null, an array, bytes or an enum must be "
			"wrapped in a record");
	ret_type->kind = AVRO_ARRAY;
	ret_type->items = type;
	return 0;
}

static int parse_object(
	struct parse *parse, const struct json_value *object, struct avro_type *ret_type)
{
	const char *name = schema_text(object, "type");

	if (name == NULL)
		return schema_refuse(parse, "a type needs a \"type\" that is a name");
	if (strcmp(name, "record") == 0)
		return schema_parse_named(parse, object, AVRO_RECORD, ret_type);
	if (strcmp(name, "enum") == 0)
		return schema_parse_named(parse, object, AVRO_ENUM, ret_type);
	if (strcmp(name, "array") == 0)
		return parse_array(parse, object, ret_type);
	return parse_primitive(parse, name, object, ret_type);
}

static bool is_null(const struct json_value *value)
{
	return json_kind_of(value) == JSON_TEXT && strcmp(json_string(value, NULL), "null") == 0;
}

static int parse_union(
	struct parse *parse, const struct json_value *branches, struct avro_type *ret_type)
{
	size_t null_branch;
	int r;

	if (json_count(branches) != 2 ||
		is_null(json_element(branches, 0)) == is_null(json_element(branches, 1)))
		return schema_refuse(parse, "a union is of null and one other type");
	null_branch = is_null(json_element(branches, 0)) ? 0 : 1;
	r = schema_parse_type(parse, json_element(branches, 1 - null_branch), ret_type);
	if (r < 0)
		return r;
	if (ret_type->nullable || ret_type->kind == AVRO_ARRAY || ret_type->kind == AVRO_RECORD)
		return schema_refuse(parse,
			"a union, an array or a record that may be null is "
			"not known here");
	ret_type->nullable = true;
	ret_type->null_branch = null_branch;
	return 0;
}

int schema_parse_type(
	struct parse *parse, const struct json_value *value, struct avro_type *ret_type)
{
	switch (json_kind_of(value)) {
	case JSON_TEXT:
		return parse_reference(parse, json_string(value, NULL), ret_type);
	case JSON_OBJECT:
		return parse_object(parse, value, ret_type);
	case JSON_ARRAY:
		return parse_union(parse, value, ret_type);
	default:
		return schema_refuse(parse, "a type is a name, an object or a union");
	}
}
