/*
 * A message as read from a topic, and headers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUS_HEADERS_MAX 24
#define BUS_MESSAGE_SIZE_MAX (1 << 20)

struct bus_header {
	const char *name;
	const void *value; /* not NUL-terminated */
	size_t size;
};

/* Borrowed: key, value and headers live until the batch is released. */
struct bus_message {
	const char *topic;
	int32_t partition;
	int64_t offset;
	int64_t timestamp_ms;
	const void *key;
	size_t key_size;
	const void *value; /* NULL: a tombstone */
	size_t value_size;
	void *handle; /* the library's */
};

/* The last header of that name. False when there is none. */
bool bus_header_find(
	const struct bus_message *message, const char *name, struct bus_header *ret_header);
/* Copies up to @max headers in order; returns how many there are. */
size_t bus_headers(const struct bus_message *message, struct bus_header *headers, size_t max);

/* Java's default partitioner: murmur2 of the key, as in org.apache.kafka.common.utils.Utils. */
int32_t bus_partition_of(const void *key, size_t key_size, int32_t partitions);
