#include "result.h"

#include "bigendian.h"
#include "types.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

size_t store_rows(const struct store_result *result)
{
	return (size_t)PQntuples(result_unwrap(result));
}

int64_t store_affected(const struct store_result *result)
{
	return strtoll(PQcmdTuples(result_unwrap(result)), NULL, 10);
}

/* NULL for SQL null. A row or column that is not there, or of another type, is a defect. */
static const char *value_of(const struct store_result *result, size_t row, int column,
	enum type_oid type, enum type_oid other_type, size_t *ret_size)
{
	const PGresult *rows = result_unwrap(result);
	Oid oid = PQftype(rows, column);

	assert(row < (size_t)PQntuples(rows) && column >= 0 && column < PQnfields(rows));
	assert(oid == type || oid == other_type);
	if (PQgetisnull(rows, (int)row, column))
		return NULL;
	*ret_size = (size_t)PQgetlength(rows, (int)row, column);
	return PQgetvalue(rows, (int)row, column);
}

static const char *fixed_of(const struct store_result *result, size_t row, int column,
	enum type_oid type, enum type_oid other_type, size_t size)
{
	size_t got = size;
	const char *value = value_of(result, row, column, type, other_type, &got);

	assert(got == size);
	return value;
}

/* As fixed_of() where null is a defect too: the caller has asked store_is_null(). */
static const char *present_of(const struct store_result *result, size_t row, int column,
	enum type_oid type, enum type_oid other_type, size_t size)
{
	const char *value = fixed_of(result, row, column, type, other_type, size);

	assert(value);
	return value;
}

bool store_is_null(const struct store_result *result, size_t row, int column)
{
	const PGresult *rows = result_unwrap(result);

	assert(row < (size_t)PQntuples(rows) && column >= 0 && column < PQnfields(rows));
	return PQgetisnull(rows, (int)row, column);
}

struct uuid store_get_uuid(const struct store_result *result, size_t row, int column)
{
	struct uuid id = {0};

	if (store_is_null(result, row, column))
		return id;
	memcpy(id.bytes, present_of(result, row, column, OID_UUID, OID_UUID, sizeof(id.bytes)),
		sizeof(id.bytes));
	return id;
}

const char *store_get_text(const struct store_result *result, size_t row, int column)
{
	const PGresult *rows = result_unwrap(result);
	size_t size;

	/* Names come from the system's catalogue. */
	if (PQftype(rows, column) == OID_NAME)
		return value_of(result, row, column, OID_NAME, OID_NAME, &size);
	return value_of(result, row, column, OID_TEXT, OID_VARCHAR, &size);
}

const char *store_copy_text(
	const struct store_result *result, size_t row, int column, struct arena *arena)
{
	const char *text = store_get_text(result, row, column);

	return text ? arena_string(arena, text) : NULL;
}

const void *store_get_bytes(
	const struct store_result *result, size_t row, int column, size_t *ret_size)
{
	*ret_size = 0;
	return value_of(result, row, column, OID_BYTEA, OID_BYTEA, ret_size);
}

int32_t store_get_int(const struct store_result *result, size_t row, int column)
{
	return (int32_t)get_be32(present_of(result, row, column, OID_INT4, OID_INT4, 4));
}

int64_t store_get_long(const struct store_result *result, size_t row, int column)
{
	return (int64_t)get_be64(present_of(result, row, column, OID_INT8, OID_PG_LSN, 8));
}

bool store_get_bool(const struct store_result *result, size_t row, int column)
{
	return *present_of(result, row, column, OID_BOOL, OID_BOOL, 1) != 0;
}

int64_t store_get_time(const struct store_result *result, size_t row, int column)
{
	const char *value = fixed_of(result, row, column, OID_TIMESTAMPTZ, OID_TIMESTAMPTZ, 8);

	return value ? (int64_t)get_be64(value) + EPOCH_2000_US : 0;
}

void store_results_free(struct store_result **results, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		PQclear(result_unwrap(results[i]));
		results[i] = NULL;
	}
}
