#include "envelope.h"

#include <base/fault.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SHOWN_MAX 64

static void unreadable(
	struct runtime_message *message, struct arena *arena, const char *class, const char *detail)
{
	message->event = NULL;
	message->unreadable = arena_format(arena, "%s: %s", class, detail);
}

static bool read_id(struct runtime_message *message, struct arena *arena)
{
	struct bus_header header;

	if (!bus_header_find(&message->raw, "id", &header)) {
		unreadable(message, arena, "missing_id", "header \"id\" is missing");
		return false;
	}
	if (uuid_parse(header.value, header.size, &message->id) != 0) {
		unreadable(message, arena, "bad_id", "header \"id\" is not a UUID");
		return false;
	}
	return true;
}

static bool read_key(struct runtime_message *message, struct arena *arena)
{
	if (!message->raw.key) {
		unreadable(message, arena, "missing_key", "the message has no key (orderId)");
		return false;
	}
	if (uuid_parse(message->raw.key, message->raw.key_size, &message->key) != 0) {
		unreadable(message, arena, "bad_key", "the key is not an order id");
		return false;
	}
	return true;
}

/* Absent or unreadable tracing never hurts a message: it gets a trace of its own. */
static void read_trace(struct runtime_message *message)
{
	struct bus_header header;
	struct trace parent;

	if (bus_header_find(&message->raw, "traceparent", &header) &&
		trace_parse(header.value, header.size, &parent) == 0)
		message->trace = trace_child(&parent);
	else
		message->trace = trace_make();
}

static void read_sequence(struct runtime_message *message)
{
	struct bus_header header;
	int64_t sequence = 0;

	if (!bus_header_find(&message->raw, "sequence", &header) || header.size > 18)
		return;
	for (size_t i = 0; i < header.size; i++) {
		char digit = ((const char *)header.value)[i];

		if (digit < '0' || digit > '9')
			return;
		sequence = sequence * 10 + (digit - '0');
	}
	message->sequence = sequence;
}

/* Bytes of a stranger as text for logs and tables, which take no others. */
static const char *readable_text(const struct bus_header *header, struct arena *arena)
{
	size_t size = header->size < TEXT_SHOWN_MAX ? header->size : TEXT_SHOWN_MAX;
	char *text = arena_string_of(arena, size ? header->value : "", size);

	for (size_t i = 0; i < size; i++) {
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	}
	return text;
}

/* The type that the header names, if any, must be the type of the bytes. */
static bool type_agrees(struct runtime_message *message, struct arena *arena)
{
	const char *name = event_info(message->type)->name;
	struct bus_header header;

	if (!bus_header_find(&message->raw, "type", &header))
		return true;
	if (header.size == strlen(name) && memcmp(header.value, name, header.size) == 0)
		return true;
	unreadable(message, arena, "wrong_type",
		arena_format(arena, "header \"type\" says %s, the bytes are %s",
			readable_text(&header, arena), name));
	return false;
}

/* Where the event says whose it is; NULL when its schema has no such member. */
static const struct uuid *order_id_of(const struct runtime_message *message)
{
	const struct avro_layout *layout = event_info(message->type)->layout;

	for (size_t i = 0; i < layout->member_count; i++) {
		const struct avro_member *member = &layout->members[i];

		if (member->kind == AVRO_UUID && !member->nullable &&
			strcmp(member->name, "orderId") == 0)
			return (const struct uuid *)((const char *)message->event + member->offset);
	}
	return NULL;
}

/* Order holds within a key: an event under another order's would escape its own. */
static bool key_agrees(struct runtime_message *message, struct arena *arena)
{
	const struct uuid *order_id = order_id_of(message);
	char text[UUID_TEXT_SIZE];

	if (!order_id || uuid_equal(order_id, &message->key))
		return true;
	unreadable(message, arena, "wrong_key",
		arena_format(arena, "the event is of order %s", uuid_format(order_id, text)));
	return false;
}

static void read_event(struct runtime_message *message, struct arena *arena)
{
	if (!message->raw.value) {
		unreadable(message, arena, "no_value", "the message has no value (tombstone)");
		return;
	}
	if (message->raw.value_size > BUS_MESSAGE_SIZE_MAX) {
		unreadable(message, arena, "too_large", "the value is larger than 1 MiB");
		return;
	}
	if (event_decode(message->raw.value, message->raw.value_size, arena, &message->type,
		    &message->event) != 0) {
		unreadable(message, arena, "unreadable", fault_text());
		return;
	}
	if (!type_agrees(message, arena) || !key_agrees(message, arena))
		return;
	if (strcmp(event_info(message->type)->topic, message->raw.topic) != 0)
		unreadable(message, arena, "wrong_topic",
			arena_format(arena, "%s belongs to topic %s",
				event_info(message->type)->name, event_info(message->type)->topic));
}

void envelope_read(
	struct runtime_message *message, const struct bus_message *raw, struct arena *arena)
{
	*message = (struct runtime_message){.raw = *raw};
	read_trace(message);
	read_sequence(message);
	if (read_id(message, arena) && read_key(message, arena))
		read_event(message, arena);
}
