#include "schema_parse.h"

#include <avro/schema.h>
#include <base/fault.h>
#include <json/json.h>
#include <string.h>

#define ALIASES_MAX ((size_t)8)

static int parse_type(
	struct parse *parse, const struct json_value *value, struct avro_type *ret_type);

static bool is_name(const char *text)
{
	size_t size = strlen(text);

	if (size == 0 || size > AVRO_NAME_MAX || (text[0] >= '0' && text[0] <= '9'))
		return false;
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
	       size;
}

/* The text of member @name, or NULL when it is absent or no text. */
static const char *member_text(const struct json_value *object, const char *name)
{
	const struct json_value *value = json_member(object, name);

	if (value == NULL || json_kind_of(value) != JSON_TEXT)
		return NULL;
	return json_string(value, NULL);
}

static int parse_name(struct parse *parse, const struct json_value *object, const char **ret_name)
{
	const char *name = member_text(object, "name");

	if (name == NULL || !is_name(name))
		return schema_refuse(
			parse, "\"name\" must be letters, digits and _, without a namespace");
	*ret_name = arena_string(parse->arena, name);
	return 0;
}

static int parse_names(struct parse *parse, const struct json_value *object, const char *member,
	size_t names_max, struct avro_names *ret_names)
{
	const struct json_value *array = json_member(object, member);
	const char **list;

	if (array == NULL)
		return 0;
	if (json_kind_of(array) != JSON_ARRAY || json_count(array) > names_max)
		return fault(FAULT_INPUT, "%s: \"%s\" must be an array of at most %zu names",
			parse->where, member, names_max);
	list = arena_array(parse->arena, json_count(array), sizeof(*list));
	for (size_t i = 0; i < json_count(array); i++) {
		const struct json_value *name = json_element(array, i);

		if (json_kind_of(name) != JSON_TEXT || !is_name(json_string(name, NULL)))
			return fault(FAULT_INPUT, "%s: \"%s\" holds what is no name", parse->where,
				member);
		list[i] = arena_string(parse->arena, json_string(name, NULL));
	}
	*ret_names = (struct avro_names){.list = list, .count = json_count(array)};
	return 0;
}

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
	const char *logical = object == NULL ? NULL : member_text(object, "logicalType");

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
	r = parse_type(parse, items, type);
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

static int parse_enum(
	struct parse *parse, const struct json_value *object, struct avro_named *named)
{
	const char *symbol = member_text(object, "default");
	int r;

	r = parse_names(parse, object, "symbols", AVRO_SYMBOLS_MAX, &named->symbols);
	if (r < 0)
		return r;
	if (named->symbols.count == 0)
		return schema_refuse(parse, "an enum needs \"symbols\"");
	if (symbol == NULL)
		return 0;
	for (size_t i = 0; i < named->symbols.count; i++) {
		if (strcmp(named->symbols.list[i], symbol) != 0)
			continue;
		named->has_symbol_default = true;
		named->symbol_default = i;
		return 0;
	}
	return schema_refuse(parse, "the default is none of the symbols");
}

/* The field's path stands in .where while it is read. */
static int parse_field(
	struct parse *parse, const struct json_value *object, struct avro_field *field)
{
	const char *outer = parse->where;
	const struct json_value *type;
	int r;

	if (json_kind_of(object) != JSON_OBJECT)
		return schema_refuse(parse, "a field is an object");
	r = parse_name(parse, object, &field->name);
	if (r < 0)
		return r;
	parse->where = arena_format(parse->arena, "%s.%s", outer, field->name);
	r = parse_names(parse, object, "aliases", ALIASES_MAX, &field->aliases);
	if (r < 0)
		return r;
	type = json_member(object, "type");
	if (type == NULL)
		return schema_refuse(parse, "needs a \"type\"");
	r = parse_type(parse, type, &field->type);
	if (r < 0)
		return r;
	r = schema_parse_default(parse, json_member(object, "default"), field);
	if (r < 0)
		return r;
	parse->where = outer;
	return 0;
}

static int parse_fields(
	struct parse *parse, const struct json_value *object, struct avro_named *named)
{
	const struct json_value *array = json_member(object, "fields");
	struct avro_field *fields;

	if (array == NULL || json_kind_of(array) != JSON_ARRAY ||
		json_count(array) > AVRO_FIELDS_MAX || json_count(array) == 0)
		return schema_refuse(parse, "a record needs \"fields\", 1 to 64");
	fields = arena_array(parse->arena, json_count(array), sizeof(*fields));
	for (size_t i = 0; i < json_count(array); i++) {
		int r = parse_field(parse, json_element(array, i), &fields[i]);
		if (r < 0)
			return r;
	}
	named->fields = fields;
	named->field_count = json_count(array);
	return 0;
}

static int parse_named(struct parse *parse, const struct json_value *object, enum avro_kind kind,
	struct avro_type *ret_type)
{
	struct avro_named *named = arena_new(parse->arena, struct avro_named);
	const char *namespace = member_text(object, "namespace");
	int r;

	r = parse_name(parse, object, &named->name);
	if (r < 0)
		return r;
	for (size_t i = 0; i < parse->named_count; i++)
		if (strcmp(parse->named[i]->name, named->name) == 0)
			return schema_refuse(parse, "defines a name a second time");
	if (parse->named_count == AVRO_NAMED_MAX)
		return schema_refuse(parse, "too many records and enums");
	if (namespace != NULL)
		parse->namespace = arena_string(parse->arena, namespace);
	named->namespace = parse->namespace;
	r = parse_names(parse, object, "aliases", ALIASES_MAX, &named->aliases);
	if (r < 0)
		return r;
	r = kind == AVRO_ENUM ? parse_enum(parse, object, named)
			      : parse_fields(parse, object, named);
	if (r < 0)
		return r;
	/* Known from here on: a record inside itself finds no such name. */
	parse->kinds[parse->named_count] = kind;
	parse->named[parse->named_count++] = named;
	ret_type->kind = kind;
	ret_type->named = named;
	return 0;
}

static int parse_object(
	struct parse *parse, const struct json_value *object, struct avro_type *ret_type)
{
	const char *name = member_text(object, "type");

	if (name == NULL)
		return schema_refuse(parse, "a type needs a \"type\" that is a name");
	if (strcmp(name, "record") == 0)
		return parse_named(parse, object, AVRO_RECORD, ret_type);
	if (strcmp(name, "enum") == 0)
		return parse_named(parse, object, AVRO_ENUM, ret_type);
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
	r = parse_type(parse, json_element(branches, 1 - null_branch), ret_type);
	if (r < 0)
		return r;
	if (ret_type->nullable || ret_type->kind == AVRO_ARRAY || ret_type->kind == AVRO_RECORD)
		return schema_refuse(parse, "a union, an array or a record that may be null is "
					    "not known here");
	ret_type->nullable = true;
	ret_type->null_branch = null_branch;
	return 0;
}

static int parse_type(
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

int schema_refuse(const struct parse *parse, const char *why)
{
	return fault(FAULT_INPUT, "%s: %s", parse->where, why);
}

const char *avro_kind_name(enum avro_kind kind)
{
	static const char *const names[] = {
		[AVRO_BOOLEAN] = "boolean",
		[AVRO_INT] = "int",
		[AVRO_LONG] = "long",
		[AVRO_STRING] = "string",
		[AVRO_BYTES] = "bytes",
		[AVRO_UUID] = "uuid",
		[AVRO_DECIMAL] = "decimal(18,2)",
		[AVRO_TIMESTAMP] = "timestamp-micros",
		[AVRO_ENUM] = "enum",
		[AVRO_RECORD] = "record",
		[AVRO_ARRAY] = "array",
	};

	return names[kind];
}

int avro_schema_parse(
	const char *text, size_t size, struct arena *arena, const struct avro_schema **ret_schema)
{
	struct json_document *document JSON_CLEAN = NULL;
	struct parse parse = {.arena = arena, .namespace = "", .where = "schema"};
	struct avro_type type = {0};
	struct avro_schema *schema;
	const char *name;
	int r;

	r = json_parse(text, size, &document);
	if (r < 0)
		return r;
	if (json_kind_of(json_root(document)) != JSON_OBJECT)
		return schema_refuse(&parse, "must be an object");
	name = member_text(json_root(document), "name");
	if (name != NULL)
		parse.where = arena_string(arena, name);
	r = parse_type(&parse, json_root(document), &type);
	if (r < 0)
		return r;
	if (type.kind != AVRO_RECORD)
		return schema_refuse(&parse, "must be a record");
	schema = arena_new(arena, struct avro_schema);
	schema->record = type.named;
	schema->fingerprint = schema_fingerprint(json_root(document));
	*ret_schema = schema;
	return 0;
}
