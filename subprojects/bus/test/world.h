/*
 * What the bus tests share: topics of their own, a transactor, a consumer, and a
 * reader that collects. Whatever goes wrong here ends the test.
 */
#pragma once

#include <bus/admin.h>
#include <bus/consumer.h>
#include <bus/transactor.h>
#include <testkit/testkit.h>

#define WORLD_NAME_SIZE 96
#define WORLD_SEEN_MAX 4096
#define WORLD_TEXT_SIZE 64

/* What differs between Kafka and the fake: where it is, and how long a silence proves it. */
const char *world_bootstrap(void);
int world_quiet_ms(int quiet_ms);

/* Unique: "NAME.<random>", and a topic of that name. Static memory, lives as long as the test. */
const char *world_name(const char *name);
const char *world_topic(const char *name, int partitions);

struct bus_transactor *world_transactor(const char *id, const char *topic, int lanes);
struct bus_transactor *world_transactor_of(
	const char *id, const char *topic, int lanes, int transaction_timeout_ms);
struct bus_consumer *world_consumer(const char *group, const char *topic, const char *instance);
struct bus_consumer *world_consumer_of(const char *group, const char *topic, const char *instance,
	size_t batch_max, const char *const *options);

/* One record with a text for key and value, to the first topic. */
int world_produce(struct bus_transactor *transactor, const char *key, const char *value);
int world_produce_to(
	struct bus_transactor *transactor, int32_t partition, const char *key, const char *value);
/* Begins, also where the lane has to be made anew first. */
void world_begin(struct bus_transactor *transactor);
/* One transaction with one such record; must commit. */
void world_publish(struct bus_transactor *transactor, const char *key, const char *value);

struct seen {
	int32_t partition;
	int64_t offset;
	char key[WORLD_TEXT_SIZE];
	char value[WORLD_TEXT_SIZE];
};

struct world_log {
	struct seen seen[WORLD_SEEN_MAX];
	size_t count;
};

/* Adds what is in the batch to the log. */
void world_note(struct world_log *log, const struct bus_batch *batch);
/* Polls, notes, stores and releases until @count are in the log; fails after @timeout_ms. */
void world_consume(
	struct bus_consumer *consumer, struct world_log *log, size_t count, int timeout_ms);
/* Polls for @quiet_ms: nothing may come. */
void world_expect_quiet(struct bus_consumer *consumer, int quiet_ms);
/* All of @topic that a new group sees: @count messages, and then no more. */
void world_read_all(const char *topic, struct world_log *log, size_t count);
/* The first poll that brings something; the batch stays in hand. */
void world_poll(struct bus_consumer *consumer, struct bus_batch *batch, int timeout_ms);

/* The group's committed offset, or -1. */
int64_t world_committed(const char *group, const char *topic, int32_t partition);
void world_await_committed(const char *group, const char *topic, int32_t partition, int64_t offset);
