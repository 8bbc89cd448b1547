/*
 * A partition's log. An entry is one block of memory with everything it points to,
 * and never moves: messages borrow from it.
 */
#include <assert.h>
#include <base/clock.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"

static void append(struct log *log, struct entry *entry)
{
	if (log->count == log->capacity) {
		log->capacity = log->capacity ? log->capacity * 2 : 16;
		log->entries = realloc(log->entries, log->capacity * sizeof(struct entry *));
		assert(log->entries);
	}
	log->entries[log->count++] = entry;
}

void log_append_marker(struct log *log)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	assert(entry);
	entry->state = ENTRY_MARKER;
	append(log, entry);
}

static size_t text_size(const char *text)
{
	return strlen(text) + 1;
}

static size_t record_bytes(const struct bus_record *record)
{
	size_t size = sizeof(struct entry) + record->header_count * sizeof(struct bus_header) +
		record->key_size + record->value_size;

	for (size_t i = 0; i < record->header_count; i++)
		size += text_size(record->headers[i].name) + record->headers[i].size;
	return size;
}

/* Copies @size bytes to *room and moves it on; NULL stays NULL. */
static void *put(char **room, const void *bytes, size_t size)
{
	char *copy = *room;

	if (bytes == NULL)
		return NULL;
	memcpy(copy, bytes, size);
	*room += size;
	return copy;
}

static void copy_headers(struct entry *entry, const struct bus_record *record, char **room)
{
	for (size_t i = 0; i < record->header_count; i++) {
		const struct bus_header *header = &record->headers[i];

		entry->headers[i] = (struct bus_header){
			.name = put(room, header->name, text_size(header->name)),
			.value = put(room, header->value, header->size),
			.size = header->size,
		};
	}
}

void log_append_record(struct log *log, const struct bus_record *record, enum entry_state state,
	const struct fake_producer *producer)
{
	struct entry *entry = malloc(record_bytes(record));
	char *room;

	assert(entry);
	*entry = (struct entry){
		.state = state,
		.producer = producer,
		.timestamp_ms =
			record->timestamp_ms ? record->timestamp_ms : clock_now_us() / US_PER_MS,
		.key_size = record->key_size,
		.value_size = record->value_size,
		.headers = (struct bus_header *)(entry + 1),
		.header_count = record->header_count,
	};
	room = (char *)(entry->headers + record->header_count);
	entry->key = put(&room, record->key, record->key_size);
	entry->value = put(&room, record->value, record->value_size);
	copy_headers(entry, record, &room);
	append(log, entry);
}

size_t log_stable(struct log *log)
{
	while (log->stable < log->count && log->entries[log->stable]->state != ENTRY_OPEN)
		log->stable++;
	return log->stable;
}

struct bus_message entry_message(
	const struct fake_topic *topic, int32_t partition, int64_t offset, struct entry *entry)
{
	return (struct bus_message){
		.topic = topic->name,
		.partition = partition,
		.offset = offset,
		.timestamp_ms = entry->timestamp_ms,
		.key = entry->key,
		.key_size = entry->key_size,
		.value = entry->value,
		.value_size = entry->value_size,
		.handle = entry,
	};
}

bool bus_header_find(
	const struct bus_message *message, const char *name, struct bus_header *ret_header)
{
	const struct entry *entry = message->handle;

	for (size_t i = entry->header_count; i-- > 0;) {
		if (strcmp(entry->headers[i].name, name) == 0) {
			*ret_header = entry->headers[i];
			return true;
		}
	}
	return false;
}

size_t bus_headers(const struct bus_message *message, struct bus_header *headers, size_t max)
{
	const struct entry *entry = message->handle;

	for (size_t i = 0; i < entry->header_count && i < max; i++)
		headers[i] = entry->headers[i];
	return entry->header_count;
}
