/*
 * How far the input of a group has been published: answers and dead letters.
 *
 * The group's own offsets do not tell: a replay rewinds them, and then every
 * stored answer and every dead letter would be sent once more. So the highest
 * offset published of each partition is kept as a position of the group
 * "<group>.published", which nobody rewinds, moved in the very transaction that
 * publishes. It is right as long as the topics live, also when the service's
 * database was lost.
 */
#pragma once

#include <bus/transactor.h>
#include <runtime/handler.h>

#define PUBLISHED_PARTITIONS_MAX 256

struct published {
	const struct handler *handler;
	char group[80];
	int64_t assignments; /* of the consumer, when the positions were read */
	struct bus_position positions[PUBLISHED_PARTITIONS_MAX];
	size_t count;
};

void published_init(struct published *published, const struct handler *handler);

/*
 * Reads the positions of the batch's partitions that are not known. Only right when
 * no transaction of ours is open. 0 or a fault.
 */
int published_read(struct published *published, const struct bus_transactor_config *config,
	const struct bus_consumer *consumer, const struct bus_batch *batch);
/* False for whatever was not read. */
bool published_has(const struct published *published, const struct bus_message *message);
/* Moves the positions behind the batch, inside the open transaction; never back. */
int published_send(struct published *published, struct bus_transactor *transactor,
	const struct bus_batch *batch);
/* The transaction was not committed, or nobody knows: the positions are to be read again. */
void published_forget(struct published *published);
