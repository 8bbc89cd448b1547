/*
 * Reads one message from its first byte to its last; bytes left over are as
 * wrong as bytes missing.
 */
#include "pgoutput.h"

#include <base/clock.h>
#include <base/fault.h>
#include <string.h>

/* PostgreSQL counts from 2000-01-01, everybody else from 1970. */
#define EPOCH_2000_US (INT64_C(946684800) * US_PER_S)

/* After the first failure every read answers zero: a caller reads all, then checks once. */
struct cursor {
	const uint8_t *next;
	const uint8_t *end;
	const char *failure;
};

static void cursor_fail(struct cursor *cursor, const char *why)
{
	if (!cursor->failure)
		cursor->failure = why;
	cursor->next = cursor->end;
}

static const uint8_t *read_bytes(struct cursor *cursor, size_t size)
{
	const uint8_t *bytes = cursor->next;

	if ((size_t)(cursor->end - cursor->next) < size) {
		cursor_fail(cursor, "it is cut short");
		return NULL;
	}
	cursor->next += size;
	return bytes;
}

static uint64_t read_number(struct cursor *cursor, size_t size)
{
	const uint8_t *bytes = read_bytes(cursor, size);
	uint64_t number = 0;

	for (size_t i = 0; bytes && i < size; i++)
		number = number << 8 | bytes[i];
	return number;
}

static uint8_t read_byte(struct cursor *cursor)
{
	return (uint8_t)read_number(cursor, 1);
}

static uint16_t read_short(struct cursor *cursor)
{
	return (uint16_t)read_number(cursor, 2);
}

static uint32_t read_int(struct cursor *cursor)
{
	return (uint32_t)read_number(cursor, 4);
}

static uint64_t read_long(struct cursor *cursor)
{
	return read_number(cursor, 8);
}

static int64_t read_time_us(struct cursor *cursor)
{
	int64_t since_2000_us = (int64_t)read_long(cursor);
	int64_t at_us = 0;

	if (__builtin_add_overflow(since_2000_us, EPOCH_2000_US, &at_us))
		cursor_fail(cursor, "its time is out of range");
	return at_us;
}

/* Never NULL; ends with a NUL that lies inside the message. */
static const char *read_text(struct cursor *cursor)
{
	size_t left = (size_t)(cursor->end - cursor->next);
	const char *text = (const char *)cursor->next;
	const uint8_t *end = left ? memchr(cursor->next, 0, left) : NULL;

	if (!end) {
		cursor_fail(cursor, "a name in it has no end");
		return "";
	}
	cursor->next = end + 1;
	return text;
}

static void read_value(struct cursor *cursor, struct pgoutput_value *value)
{
	uint8_t format = read_byte(cursor);

	value->format = format;
	value->size = 0;
	value->bytes = NULL;
	switch (format) {
	case PGOUTPUT_NULL:
	case PGOUTPUT_UNCHANGED:
		break;
	case PGOUTPUT_TEXT:
	case PGOUTPUT_BINARY:
		value->size = read_int(cursor);
		value->bytes = read_bytes(cursor, value->size);
		break;
	default:
		cursor_fail(cursor, "a column's value has an unknown format");
	}
}

static void read_row(struct cursor *cursor, struct pgoutput_row *row)
{
	size_t count = read_short(cursor);

	if (count > PGOUTPUT_COLUMNS_MAX) {
		cursor_fail(cursor, "its row has too many columns");
		count = 0;
	}
	row->column_count = count;
	for (size_t i = 0; i < count && !cursor->failure; i++)
		read_value(cursor, &row->values[i]);
}

static void read_begin(struct cursor *cursor, struct pgoutput_begin *begin)
{
	begin->final_lsn = read_long(cursor);
	begin->at_us = read_time_us(cursor);
	begin->xid = read_int(cursor);
}

static void read_commit(struct cursor *cursor, struct pgoutput_commit *commit)
{
	read_byte(cursor); /* flags: none are defined */
	commit->commit_lsn = read_long(cursor);
	commit->end_lsn = read_long(cursor);
	commit->at_us = read_time_us(cursor);
	if (commit->end_lsn < commit->commit_lsn)
		cursor_fail(cursor, "it ends before it begins");
}

static void read_relation(struct cursor *cursor, struct pgoutput_relation *relation)
{
	size_t count;

	relation->oid = read_int(cursor);
	relation->space = read_text(cursor);
	relation->name = read_text(cursor);
	read_byte(cursor); /* replica identity: of no use to inserts */
	count = read_short(cursor);
	if (count > PGOUTPUT_COLUMNS_MAX) {
		cursor_fail(cursor, "its table has too many columns");
		count = 0;
	}
	relation->column_count = count;
	for (size_t i = 0; i < count && !cursor->failure; i++) {
		read_byte(cursor); /* flags: part of the key */
		relation->columns[i].name = read_text(cursor);
		relation->columns[i].type = read_int(cursor);
		read_int(cursor); /* type modifier */
	}
}

static void read_insert(struct cursor *cursor, struct pgoutput_row *row)
{
	row->relation_oid = read_int(cursor);
	if (read_byte(cursor) != 'N')
		cursor_fail(cursor, "its row is not marked as new");
	read_row(cursor, row);
}

/* An old row or key ('K', 'O') may stand before the new one, which alone stays. */
static void read_update(struct cursor *cursor, struct pgoutput_row *row)
{
	uint8_t mark;

	row->relation_oid = read_int(cursor);
	mark = read_byte(cursor);
	if (mark == 'K' || mark == 'O') {
		read_row(cursor, row);
		mark = read_byte(cursor);
	}
	if (mark != 'N')
		cursor_fail(cursor, "its row is not marked as new");
	read_row(cursor, row);
}

static void read_delete(struct cursor *cursor, struct pgoutput_row *row)
{
	uint8_t mark;

	row->relation_oid = read_int(cursor);
	mark = read_byte(cursor);
	if (mark != 'K' && mark != 'O')
		cursor_fail(cursor, "its row is not marked as old");
	read_row(cursor, row);
}

static void read_truncate(struct cursor *cursor)
{
	size_t count = read_int(cursor);

	read_byte(cursor); /* cascade, restart identity */
	if (count > (size_t)(cursor->end - cursor->next) / 4)
		cursor_fail(cursor, "it is cut short");
	else
		read_bytes(cursor, count * 4);
}

static void read_message(struct cursor *cursor, struct pgoutput_message *message)
{
	read_byte(cursor); /* flags: transactional */
	message->message.lsn = read_long(cursor);
	message->message.prefix = read_text(cursor);
	message->message.size = read_int(cursor);
	message->message.bytes = read_bytes(cursor, message->message.size);
}

static void read_origin(struct cursor *cursor)
{
	read_long(cursor);
	read_text(cursor);
}

static void read_type(struct cursor *cursor)
{
	read_int(cursor);
	read_text(cursor);
	read_text(cursor);
}

static void read_body(struct cursor *cursor, struct pgoutput_message *message)
{
	switch (message->kind) {
	case PGOUTPUT_BEGIN:
		read_begin(cursor, &message->begin);
		break;
	case PGOUTPUT_COMMIT:
		read_commit(cursor, &message->commit);
		break;
	case PGOUTPUT_RELATION:
		read_relation(cursor, &message->relation);
		break;
	case PGOUTPUT_INSERT:
		read_insert(cursor, &message->row);
		break;
	case PGOUTPUT_UPDATE:
		read_update(cursor, &message->row);
		break;
	case PGOUTPUT_DELETE:
		read_delete(cursor, &message->row);
		break;
	case PGOUTPUT_TRUNCATE:
		read_truncate(cursor);
		break;
	case PGOUTPUT_MESSAGE:
		read_message(cursor, message);
		break;
	case PGOUTPUT_ORIGIN:
		read_origin(cursor);
		break;
	case PGOUTPUT_TYPE:
		read_type(cursor);
		break;
	default:
		cursor_fail(cursor, "its kind is unknown");
	}
}

int pgoutput_parse(const uint8_t *bytes, size_t size, struct pgoutput_message *ret_message)
{
	struct cursor cursor = {.next = bytes, .end = bytes + size};

	if (size == 0)
		return fault(FAULT_INPUT, "pgoutput: an empty message");
	ret_message->kind = read_byte(&cursor);
	read_body(&cursor, ret_message);
	if (!cursor.failure && cursor.next != cursor.end)
		cursor_fail(&cursor, "bytes are left over behind it");
	if (cursor.failure)
		return fault(FAULT_INPUT, "pgoutput: message 0x%02x of %zu bytes: %s", bytes[0],
			size, cursor.failure);
	return 0;
}
