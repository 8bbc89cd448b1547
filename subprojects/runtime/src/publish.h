/*
 * The Kafka side of a batch: dead letters, and the answers of a service that
 * publishes in transactions, together with the input's offsets.
 */
#pragma once

#include <bus/transactor.h>
#include <runtime/handler.h>

struct publisher;

struct publisher_config {
	const struct handler *handler;
	const char *service; /* client id */
	const char *transactional_id;
	const char *bootstrap;
	const char *const *options;
};

/* The producer behind it is made when it is first needed. */
struct publisher *publisher_create(const struct publisher_config *config);
void publisher_destroy(struct publisher *publisher);

/* The topic's name, "dlq.<group>". */
const char *publisher_dead_letters(const struct publisher *publisher);

/* True when the batch has something that only a Kafka transaction may publish. */
bool publisher_wants(const struct publisher *publisher, const struct runtime_batch *batch);

/*
 * One Kafka transaction: the batch's answers and dead letters, and the offsets
 * behind @offsets. 0, BUS_ABORTED (again), BUS_RECREATED (drop what is committed,
 * then again) or a fault.
 */
int publisher_publish(struct publisher *publisher, const struct runtime_batch *batch,
	struct bus_consumer *consumer, const struct bus_batch *offsets);
