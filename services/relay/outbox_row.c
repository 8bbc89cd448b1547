/*
 * One table says what each column is called, which types it may have and
 * whether it must be there; the two functions walk it.
 */
#include "outbox_row.h"

#include <base/clock.h>
#include <base/fault.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define EPOCH_2000_US (INT64_C(946684800) * US_PER_S)

/* OIDs of pg_type.dat, the same in every PostgreSQL. */
enum {
	TYPE_BYTEA = 17,
	TYPE_INT8 = 20,
	TYPE_TEXT = 25,
	TYPE_VARCHAR = 1043,
	TYPE_TIMESTAMPTZ = 1184,
	TYPE_UUID = 2950,
};

struct expected {
	const char *name;
	const char *type_name;
	uint32_t type, type_too;
	bool required;
	uint32_t size_max;
};

// clang-format off
static const struct expected columns[OUTBOX_COLUMN_COUNT] = {
	[OUTBOX_ID]          = {"id",            "uuid",        TYPE_UUID,        0,            true,  16},
	[OUTBOX_TOPIC]       = {"aggregatetype", "text",        TYPE_TEXT,        TYPE_VARCHAR, true,  OUTBOX_TEXT_MAX},
	[OUTBOX_KEY]         = {"aggregateid",   "text",        TYPE_TEXT,        TYPE_VARCHAR, true,  OUTBOX_TEXT_MAX},
	[OUTBOX_TYPE]        = {"type",          "text",        TYPE_TEXT,        TYPE_VARCHAR, true,  OUTBOX_TEXT_MAX},
	[OUTBOX_PAYLOAD]     = {"payload",       "bytea",       TYPE_BYTEA,       0,            true,  OUTBOX_PAYLOAD_MAX},
	[OUTBOX_TRACEPARENT] = {"traceparent",   "text",        TYPE_TEXT,        TYPE_VARCHAR, false, OUTBOX_TEXT_MAX},
	[OUTBOX_SEQUENCE]    = {"sequence",      "bigint",      TYPE_INT8,        0,            false, 8},
	[OUTBOX_OCCURRED_AT] = {"occurred_at",   "timestamptz", TYPE_TIMESTAMPTZ, 0,            false, 8},
};
// clang-format on

static int column_find(const struct pgoutput_relation *relation, const char *name)
{
	for (size_t i = 0; i < relation->column_count; i++)
		if (strcmp(relation->columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

int outbox_table_map(const struct pgoutput_relation *relation, struct outbox_table *ret_table)
{
	struct outbox_table table = {.oid = relation->oid, .column_count = relation->column_count};

	for (size_t c = 0; c < OUTBOX_COLUMN_COUNT; c++) {
		const struct expected *want = &columns[c];
		int at = column_find(relation, want->name);

		table.at[c] = at;
		if (at < 0 && want->required)
			return fault(FAULT_INPUT,
				"table %s.%s is not an outbox: column %s is missing",
				relation->space, relation->name, want->name);
		if (at >= 0 && relation->columns[at].type != want->type &&
			(!want->type_too || relation->columns[at].type != want->type_too))
			return fault(FAULT_INPUT,
				"table %s.%s is not an outbox: column %s has type %" PRIu32
				", not %s",
				relation->space, relation->name, want->name,
				relation->columns[at].type, want->type_name);
	}
	*ret_table = table;
	return 0;
}

static uint64_t number_of(const struct pgoutput_value *value)
{
	uint64_t number = 0;

	for (uint32_t i = 0; i < value->size; i++)
		number = number << 8 | value->bytes[i];
	return number;
}

static bool is_fixed(size_t column)
{
	return column == OUTBOX_ID || column == OUTBOX_SEQUENCE || column == OUTBOX_OCCURRED_AT;
}

/* NULL when the value will do, else what is wrong with it. */
static const char *value_check(size_t column, const struct pgoutput_value *value)
{
	const struct expected *want = &columns[column];

	if (value->format == PGOUTPUT_NULL)
		return want->required ? "is null" : NULL;
	if (value->format != PGOUTPUT_BINARY)
		return "did not come in binary";
	if (is_fixed(column) ? value->size != want->size_max : value->size > want->size_max)
		return is_fixed(column) ? "has the wrong size" : "is too large";
	if (value->size == 0 && want->required && column != OUTBOX_PAYLOAD)
		return "is empty";
	return NULL;
}

static struct outbox_text text_of(const struct pgoutput_value *value)
{
	/* An empty text of an optional column says as little as a null. */
	if (!value || value->format == PGOUTPUT_NULL || value->size == 0)
		return (struct outbox_text){0};
	return (struct outbox_text){(const char *)value->bytes, value->size};
}

static void sequence_of(const struct pgoutput_value *value, char text[OUTBOX_SEQUENCE_SIZE])
{
	text[0] = '\0';
	if (value && value->format != PGOUTPUT_NULL)
		snprintf(text, OUTBOX_SEQUENCE_SIZE, "%" PRId64, (int64_t)number_of(value));
}

/* False for what Kafka cannot carry: infinity, and times before 1970. */
static bool occurred_at_of(const struct pgoutput_value *value, int64_t *ret_at_us)
{
	int64_t at_us = 0;

	if (value && value->format != PGOUTPUT_NULL) {
		int64_t since_2000_us = (int64_t)number_of(value);

		if (since_2000_us == INT64_MAX ||
			__builtin_add_overflow(since_2000_us, EPOCH_2000_US, &at_us) || at_us < 0)
			return false;
	}
	*ret_at_us = at_us;
	return true;
}

static int row_refuse(const struct outbox_table *table, const struct pgoutput_row *row,
	size_t column, const char *why)
{
	const struct pgoutput_value *id = &row->values[table->at[OUTBOX_ID]];
	char text[UUID_TEXT_SIZE] = "(unknown)";
	struct uuid uuid;

	if (value_check(OUTBOX_ID, id) == NULL) {
		memcpy(uuid.bytes, id->bytes, sizeof(uuid.bytes));
		uuid_format(&uuid, text);
	}
	return fault(FAULT_INPUT, "outbox row %s: %s %s", text, columns[column].name, why);
}

int outbox_row_read(const struct outbox_table *table, const struct pgoutput_row *row,
	struct outbox_row *ret_row)
{
	const struct pgoutput_value *values[OUTBOX_COLUMN_COUNT];
	struct uuid id;

	if (row->column_count != table->column_count)
		return fault(FAULT_INPUT, "outbox row with %zu columns in a table of %zu",
			row->column_count, table->column_count);
	for (size_t c = 0; c < OUTBOX_COLUMN_COUNT; c++) {
		const char *why;

		values[c] = table->at[c] < 0 ? NULL : &row->values[table->at[c]];
		why = values[c] ? value_check(c, values[c]) : NULL;
		if (why)
			return row_refuse(table, row, c, why);
	}
	if (!occurred_at_of(values[OUTBOX_OCCURRED_AT], &ret_row->occurred_at_us))
		return row_refuse(
			table, row, OUTBOX_OCCURRED_AT, "is no time that Kafka can carry");
	memcpy(id.bytes, values[OUTBOX_ID]->bytes, sizeof(id.bytes));
	uuid_format(&id, ret_row->id);
	ret_row->topic = text_of(values[OUTBOX_TOPIC]);
	ret_row->key = text_of(values[OUTBOX_KEY]);
	ret_row->type = text_of(values[OUTBOX_TYPE]);
	ret_row->traceparent = text_of(values[OUTBOX_TRACEPARENT]);
	ret_row->payload = values[OUTBOX_PAYLOAD]->bytes;
	ret_row->payload_size = values[OUTBOX_PAYLOAD]->size;
	sequence_of(values[OUTBOX_SEQUENCE], ret_row->sequence);
	return 0;
}
