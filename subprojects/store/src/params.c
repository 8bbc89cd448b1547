#include "params.h"

#include "bigendian.h"
#include "types.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

/*
 * Binary array (src/backend/utils/adt/arrayfuncs.c, array_recv): dimensions,
 * has-nulls flag, element type, then per dimension its length and lower bound,
 * then per element its size (-1: null) and bytes.
 */
#define ARRAY_HEADER_SIZE 20
#define ARRAY_AT_FLAGS 4
#define ARRAY_AT_COUNT 12
#define ARRAY_FIRST_CAPACITY 512

struct store_array {
	struct store_params *params;
	int index; /* of the parameter it is */
	enum store_type type;
	char *data;
	size_t size, capacity;
	uint32_t count;
};

const int params_formats[STORE_PARAMS_MAX] = {[0 ... STORE_PARAMS_MAX - 1] = 1};

struct store_params *store_params_create(struct arena *arena)
{
	struct store_params *params = arena_new(arena, struct store_params);

	params->arena = arena;
	return params;
}

/* A NULL @value is SQL null. */
static int param_add(struct store_params *params, const void *value, size_t size)
{
	int index = params->count++;

	assert(index < STORE_PARAMS_MAX && size <= INT_MAX);
	params->values[index] = value;
	params->lengths[index] = (int)size;
	return index;
}

static void param_copy(struct store_params *params, const void *value, size_t size)
{
	param_add(params, value ? arena_copy(params->arena, value, size) : NULL, size);
}

/* No id and the nil id are both SQL's null. */
static bool is_null(const struct uuid *id)
{
	return !id || uuid_is_nil(id);
}

void store_add_uuid(struct store_params *params, const struct uuid *id)
{
	param_copy(params, is_null(id) ? NULL : id->bytes, sizeof(id->bytes));
}

void store_add_text(struct store_params *params, const char *text)
{
	param_copy(params, text, text ? strlen(text) : 0);
}

void store_add_bytes(struct store_params *params, const void *bytes, size_t size)
{
	param_copy(params, bytes, size);
}

void store_add_int(struct store_params *params, int32_t number)
{
	char value[4];

	put_be32(value, (uint32_t)number);
	param_copy(params, value, sizeof(value));
}

void store_add_long(struct store_params *params, int64_t number)
{
	char value[8];

	put_be64(value, (uint64_t)number);
	param_copy(params, value, sizeof(value));
}

void store_add_bool(struct store_params *params, bool value)
{
	char byte = value;

	param_copy(params, &byte, sizeof(byte));
}

void store_add_time(struct store_params *params, int64_t at_us)
{
	char value[8];

	put_be64(value, (uint64_t)(at_us - EPOCH_2000_US));
	param_copy(params, at_us ? value : NULL, sizeof(value));
}

static const uint32_t element_oids[] = {
	[STORE_UUID] = OID_UUID,
	[STORE_TEXT] = OID_TEXT,
	[STORE_BYTES] = OID_BYTEA,
	[STORE_INT] = OID_INT4,
	[STORE_LONG] = OID_INT8,
	[STORE_BOOL] = OID_BOOL,
	[STORE_TIME] = OID_TIMESTAMPTZ,
};

/* The parameter is whole after every push, so it may be sent at any time. */
static void array_publish(struct store_array *array)
{
	assert(array->size <= INT_MAX);
	array->params->values[array->index] = array->data;
	array->params->lengths[array->index] = (int)array->size;
}

static char *array_reserve(struct store_array *array, size_t size)
{
	char *place;

	if (array->capacity - array->size < size) {
		size_t capacity = array->capacity * 2 + size;
		char *data = arena_alloc(array->params->arena, capacity);
		if (array->size)
			memcpy(data, array->data, array->size);
		array->data = data;
		array->capacity = capacity;
	}
	place = array->data + array->size;
	array->size += size;
	return place;
}

struct store_array *store_add_array(struct store_params *params, enum store_type type)
{
	struct store_array *array = arena_new(params->arena, struct store_array);
	char *header;

	array->params = params;
	array->type = type;
	array->capacity = ARRAY_FIRST_CAPACITY;
	array->data = arena_alloc(params->arena, array->capacity);
	header = array_reserve(array, ARRAY_HEADER_SIZE);
	put_be32(header, 1);
	put_be32(header + 8, element_oids[type]);
	put_be32(header + 16, 1);
	array->index = param_add(params, array->data, array->size);
	return array;
}

/* A NULL @value is SQL null. */
static void array_push(
	struct store_array *array, enum store_type type, const void *value, size_t size)
{
	char *element;

	assert(array->type == type && size <= INT32_MAX);
	element = array_reserve(array, 4 + (value ? size : 0));
	if (value) {
		put_be32(element, (uint32_t)size);
		memcpy(element + 4, value, size);
	} else {
		put_be32(element, UINT32_MAX);
		put_be32(array->data + ARRAY_AT_FLAGS, 1);
	}
	put_be32(array->data + ARRAY_AT_COUNT, ++array->count);
	array_publish(array);
}

void store_push_uuid(struct store_array *array, const struct uuid *id)
{
	array_push(array, STORE_UUID, is_null(id) ? NULL : id->bytes, sizeof(id->bytes));
}

void store_push_text(struct store_array *array, const char *text)
{
	array_push(array, STORE_TEXT, text, text ? strlen(text) : 0);
}

void store_push_bytes(struct store_array *array, const void *bytes, size_t size)
{
	array_push(array, STORE_BYTES, bytes, size);
}

void store_push_int(struct store_array *array, int32_t number)
{
	char value[4];

	put_be32(value, (uint32_t)number);
	array_push(array, STORE_INT, value, sizeof(value));
}

void store_push_long(struct store_array *array, int64_t number)
{
	char value[8];

	put_be64(value, (uint64_t)number);
	array_push(array, STORE_LONG, value, sizeof(value));
}

void store_push_bool(struct store_array *array, bool value)
{
	char byte = value;

	array_push(array, STORE_BOOL, &byte, sizeof(byte));
}

void store_push_time(struct store_array *array, int64_t at_us)
{
	char value[8];

	put_be64(value, (uint64_t)(at_us - EPOCH_2000_US));
	array_push(array, STORE_TIME, at_us ? value : NULL, sizeof(value));
}
