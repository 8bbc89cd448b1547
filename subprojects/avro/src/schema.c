#include "schema_parse.h"

#include <avro/schema.h>
#include <base/fault.h>
#include <json/json.h>
#include <string.h>

#define ALIASES_MAX ((size_t)8)

static bool is_name(const char *text)
{
	size_t size = strlen(text);

	if (size == 0 || size > AVRO_NAME_MAX || (text[0] >= '0' && text[0] <= '9'))
		return false;
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
		size;
}

const char *schema_text(const struct json_value *object, const char *name)
{
	const struct json_value *value = json_member(object, name);

	if (value == NULL || json_kind_of(value) != JSON_TEXT)
		return NULL;
	return json_string(value, NULL);
}

static int parse_name(struct parse *parse, const struct json_value *object, const char **ret_name)
{
	const char *name = schema_text(object, "name");

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

static int parse_enum(
	struct parse *parse, const struct json_value *object, struct avro_named *named)
{
	const char *symbol = schema_text(object, "default");
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
	r = schema_parse_type(parse, type, &field->type);
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

int schema_parse_named(struct parse *parse, const struct json_value *object, enum avro_kind kind,
	struct avro_type *ret_type)
{
	struct avro_named *named = arena_new(parse->arena, struct avro_named);
	const char *namespace = schema_text(object, "namespace");
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
	name = schema_text(json_root(document), "name");
	if (name != NULL)
		parse.where = arena_string(arena, name);
	r = schema_parse_type(&parse, json_root(document), &type);
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
