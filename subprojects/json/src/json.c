/*
 * Jansson has a few of our names. We use none of these functions, so its
 * declarations are moved out of the way; the meson.build beside sees to it that
 * our symbols stay out of Jansson's way when the program is loaded.
 */
#define json_string jansson_string
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef json_string
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_NULL

#include "scan.h"

#include <assert.h>
#include <base/fault.h>
#include <json/json.h>
#include <stdlib.h>

/* A document is its root value and a value is Jansson's: no wrapping, no copies. */
static json_t *own(const struct json_value *value)
{
	return (json_t *)(uintptr_t)value;
}

static const struct json_value *lend(const json_t *value)
{
	return (const struct json_value *)value;
}

int json_parse(const char *text, size_t size, struct json_document **ret_document)
{
	json_error_t error;
	json_t *root;
	int r;

	r = json_scan(text, size);
	if (r < 0)
		return r;
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (root == NULL)
		return fault(FAULT_INPUT, "line %d column %d: %.*s", error.line, error.column,
			JSON_DETAIL_SIZE - 1, error.text);
	*ret_document = (struct json_document *)root;
	return 0;
}

void json_destroy(struct json_document *document)
{
	json_decref((json_t *)document);
}

void json_cleanup(struct json_document **document)
{
	json_destroy(*document);
	*document = NULL;
}

const struct json_value *json_root(const struct json_document *document)
{
	return (const struct json_value *)document;
}

enum json_kind json_kind_of(const struct json_value *value)
{
	switch (json_typeof(own(value))) {
	case JANSSON_OBJECT:
		return JSON_OBJECT;
	case JANSSON_ARRAY:
		return JSON_ARRAY;
	case JSON_STRING:
		return JSON_TEXT;
	case JSON_INTEGER:
		return JSON_INT;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_BOOL;
	case JANSSON_NULL:
		return JSON_NULL;
	case JSON_REAL:
		break;
	}
	/* json_scan() lets no real number through. */
	abort();
}

const char *json_kind_name(enum json_kind kind)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",
		[JSON_BOOL] = "true or false",
		[JSON_INT] = "a whole number",
		[JSON_TEXT] = "text",
		[JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return names[kind];
}

const struct json_value *json_member(const struct json_value *object, const char *name)
{
	return lend(json_object_get(own(object), name));
}

const struct json_value *json_element(const struct json_value *array, size_t index)
{
	return lend(json_array_get(own(array), index));
}

size_t json_count(const struct json_value *value)
{
	if (json_kind_of(value) == JSON_OBJECT)
		return json_object_size(own(value));
	return json_array_size(own(value));
}

const char *json_member_at(
	const struct json_value *object, size_t index, const struct json_value **ret_value)
{
	void *member = json_object_iter(own(object));

	/* A walk, but a short one: JSON_MEMBERS_MAX bounds it. */
	for (size_t i = 0; i < index && member != NULL; i++)
		member = json_object_iter_next(own(object), member);
	if (member == NULL)
		return NULL;
	*ret_value = lend(json_object_iter_value(member));
	return json_object_iter_key(member);
}

const char *json_string(const struct json_value *text, size_t *ret_size)
{
	assert(json_kind_of(text) == JSON_TEXT);
	if (ret_size != NULL)
		*ret_size = json_string_length(own(text));
	return json_string_value(own(text));
}

int64_t json_number(const struct json_value *number)
{
	assert(json_kind_of(number) == JSON_INT);
	return json_integer_value(own(number));
}

bool json_truth(const struct json_value *value)
{
	assert(json_kind_of(value) == JSON_BOOL);
	return json_typeof(own(value)) == JSON_TRUE;
}
