/*
 * What waits behind a dead letter, given out again.
 *
 * The loop parks every later message of a dead letter's key in the service's
 * database, in order. Whoever puts the dead letter right (or gives it up) takes
 * the key's messages here, publishes them to the topics they came from, in the
 * order given, and commits:
 *
 *   r = parking_take(store, arena, key, key_size, &parked);
 *   if (r == 0)
 *           r = publish the dead letter and then parked.messages, one Kafka transaction
 *   if (r == 0)
 *           r = parking_commit(store);
 *   else
 *           store_rollback(store);
 *
 * The loop waits for this transaction before it looks at a message of that key, so
 * nothing overtakes. An end between the two commits leaves the key parked and its
 * messages published: the inbox absorbs them, and the release is done once more.
 */
#pragma once

#include <bus/message.h>
#include <store/store.h>

enum { PARKING_NO_SUCH_KEY = 1 };

struct parked_message {
	const char *topic;
	int32_t partition;
	int64_t offset;
	int64_t timestamp_ms;
	const struct bus_header *headers;
	size_t header_count;
	const void *payload; /* NULL: a tombstone */
	size_t payload_size;
};

struct parked {
	/* Of the dead letter in front. */
	const char *topic;
	int32_t partition;
	int64_t offset;
	const char *reason;
	const struct parked_message *messages; /* in the order to be published in */
	size_t count;
};

/*
 * Begins a transaction that releases @key: its messages are handed out, in @arena,
 * and forgotten, as is what the inbox has of them and of the dead letter, so that
 * each is decided anew. 0 with the transaction open for at most the store's
 * statement time-out; PARKING_NO_SUCH_KEY or a fault with none open. The
 * connection's scripts must have store_sql_message.
 */
int parking_take(struct store *store, struct arena *arena, const void *key, size_t key_size,
	struct parked *ret_parked);
int parking_commit(struct store *store);

/*
 * Headers as the table keeps them: for each its name and then its value, both with
 * the length as 32 bits big-endian before the bytes.
 */
void *parking_headers_write(
	const struct bus_header *headers, size_t count, struct arena *arena, size_t *ret_size);
/* FAULT_INPUT for bytes that parking_headers_write() never made. */
int parking_headers_read(const void *bytes, size_t size, struct arena *arena,
	const struct bus_header **ret_headers, size_t *ret_count);
