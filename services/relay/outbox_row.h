/*
 * A row of an outbox as a message to be: the columns of Debezium's event router,
 * found by name and checked by type, so that their order in the table and
 * columns added later do not matter.
 *
 *   id uuid · aggregatetype text (the topic) · aggregateid text (the key) ·
 *   type text · payload bytea
 *   and, where the table has them: traceparent text · sequence bigint ·
 *   occurred_at timestamptz
 *
 * Pure. A row that is not right is a fault, never left out: whoever skips a row
 * of an outbox has lost it.
 */
#pragma once

#include "pgoutput.h"

#include <base/uuid.h>

#define OUTBOX_TEXT_MAX 1024                  /* bytes of any one text column */
#define OUTBOX_PAYLOAD_MAX ((1 << 20) - 4096) /* leaves room for key and headers in 1 MiB */
#define OUTBOX_SEQUENCE_SIZE 21

enum outbox_column {
	OUTBOX_ID,
	OUTBOX_TOPIC,
	OUTBOX_KEY,
	OUTBOX_TYPE,
	OUTBOX_PAYLOAD,
	OUTBOX_TRACEPARENT,
	OUTBOX_SEQUENCE,
	OUTBOX_OCCURRED_AT,
	OUTBOX_COLUMN_COUNT,
};

/* Where one table keeps its columns. */
struct outbox_table {
	uint32_t oid;
	size_t column_count;
	int at[OUTBOX_COLUMN_COUNT]; /* -1: the table has no such column */
};

struct outbox_text {
	const char *bytes; /* not NUL-terminated; NULL for SQL null */
	size_t size;
};

/* Texts and payload are borrowed from the message the row came in. */
struct outbox_row {
	char id[UUID_TEXT_SIZE];
	struct outbox_text topic;
	struct outbox_text key;
	struct outbox_text type;
	struct outbox_text traceparent;
	const uint8_t *payload;
	size_t payload_size;
	char sequence[OUTBOX_SEQUENCE_SIZE]; /* decimal, "" when there is none */
	int64_t occurred_at_us;              /* since 1970; 0 when there is none */
};

/* 0, or FAULT_INPUT naming the table and the column that is missing or of another type. */
int outbox_table_map(const struct pgoutput_relation *relation, struct outbox_table *ret_table);

/* 0, or FAULT_INPUT naming the row's id, the column and what is wrong. */
int outbox_row_read(const struct outbox_table *table, const struct pgoutput_row *row,
	struct outbox_row *ret_row);
