/*
 * pgoutput, protocol version 1: what a publication says about committed
 * transactions (PostgreSQL manual, chapter 55.9 "Logical Replication Message
 * Formats").
 *
 * Pure: one message in, one struct out. Every length is checked against the
 * bytes there are; nothing is allocated. Names and values point into the
 * message and live as long as it does. What a change means is not known here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <store/stream.h>

#define PGOUTPUT_COLUMNS_MAX 64

enum pgoutput_kind {
	PGOUTPUT_BEGIN = 'B',
	PGOUTPUT_COMMIT = 'C',
	PGOUTPUT_RELATION = 'R',
	PGOUTPUT_INSERT = 'I',
	PGOUTPUT_UPDATE = 'U',
	PGOUTPUT_DELETE = 'D',
	PGOUTPUT_TRUNCATE = 'T',
	PGOUTPUT_MESSAGE = 'M',
	PGOUTPUT_ORIGIN = 'O',
	PGOUTPUT_TYPE = 'Y',
};

enum pgoutput_format {
	PGOUTPUT_NULL = 'n',
	PGOUTPUT_UNCHANGED = 'u', /* an out-of-line value that an update did not touch */
	PGOUTPUT_TEXT = 't',
	PGOUTPUT_BINARY = 'b',
};

struct pgoutput_begin {
	lsn_t final_lsn; /* of the transaction's commit record */
	int64_t at_us;   /* of the commit, since 1970 */
	uint32_t xid;
};

struct pgoutput_commit {
	lsn_t commit_lsn;
	lsn_t end_lsn; /* where to go on behind this transaction */
	int64_t at_us;
};

struct pgoutput_column {
	const char *name;
	uint32_t type; /* OID */
};

struct pgoutput_relation {
	uint32_t oid;
	const char *space; /* schema; "" is pg_catalog */
	const char *name;
	size_t column_count;
	struct pgoutput_column columns[PGOUTPUT_COLUMNS_MAX];
};

struct pgoutput_value {
	enum pgoutput_format format;
	uint32_t size;
	const uint8_t *bytes;
};

/* A row: of an insert the new one; other kinds are read over and only named. */
struct pgoutput_row {
	uint32_t relation_oid;
	size_t column_count;
	struct pgoutput_value values[PGOUTPUT_COLUMNS_MAX];
};

struct pgoutput_message {
	enum pgoutput_kind kind;
	union {
		struct pgoutput_begin begin;
		struct pgoutput_commit commit;
		struct pgoutput_relation relation;
		struct pgoutput_row row; /* insert, update, delete: the last row of the message */
		struct {
			const char *prefix;
			lsn_t lsn;
			const uint8_t *bytes;
			uint32_t size;
		} message; /* pg_logical_emit_message() */
	};
};

/*
 * 0, or FAULT_INPUT whose words name the message and what is wrong with it;
 * @ret_message is then undefined. It is large (1 KiB): keep one.
 */
int pgoutput_parse(const uint8_t *bytes, size_t size, struct pgoutput_message *ret_message);
