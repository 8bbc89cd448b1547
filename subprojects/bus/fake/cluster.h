/*
 * The fake's cluster: topics with their logs, groups with their offsets, producers
 * with their open transactions. Everything here is called with the lock held.
 */
#pragma once

#include <bus/fake.h>
#include <stdbool.h>

#define FAKE_TOPICS_MAX 128
#define FAKE_GROUPS_MAX 64
#define FAKE_MEMBERS_MAX 16
#define FAKE_OFFSETS_MAX 512
#define FAKE_PRODUCERS_MAX 64
#define FAKE_TEXT_SIZE 256

enum entry_state { ENTRY_OPEN = 1, ENTRY_COMMITTED, ENTRY_ABORTED, ENTRY_MARKER };

struct fake_producer;

/* One offset of a partition. */
struct entry {
	enum entry_state state;
	const struct fake_producer *producer; /* of an open one */
	int64_t timestamp_ms;
	void *key, *value; /* NULL where the record has none */
	size_t key_size, value_size;
	struct bus_header *headers;
	size_t header_count;
};

struct log {
	struct entry **entries;
	size_t count, capacity;
	size_t stable; /* nothing below is open: where searches begin */
};

struct fake_topic {
	char name[FAKE_TEXT_SIZE];
	int partitions;
	struct log *logs;
};

struct group_offset {
	char topic[FAKE_TEXT_SIZE];
	int32_t partition;
	int64_t offset; /* -1: none yet */
	char metadata[FAKE_TEXT_SIZE];
	/* Sent in a transaction that is still open. */
	const struct fake_producer *pending;
	int64_t pending_offset;
	char pending_metadata[FAKE_TEXT_SIZE];
};

struct fake_group {
	char name[FAKE_TEXT_SIZE];
	struct bus_consumer *members[FAKE_MEMBERS_MAX]; /* in order of joining */
	size_t member_count;
	int generation;
	struct group_offset offsets[FAKE_OFFSETS_MAX];
	size_t offset_count;
};

struct fake_producer {
	char id[FAKE_TEXT_SIZE];
	int epoch; /* whoever has an older one is fenced */
	bool open;
	bool expired; /* the coordinator ended what is open for its holder */
};

struct cluster {
	struct fake_topic topics[FAKE_TOPICS_MAX];
	size_t topic_count;
	struct fake_group groups[FAKE_GROUPS_MAX];
	size_t group_count;
	struct fake_producer producers[FAKE_PRODUCERS_MAX];
	size_t producer_count;
	bool must_not_wait;
};

struct cluster *cluster_lock(void);
void cluster_unlock(void);
/* Sleeps until something changed or the time is over; false when over. */
bool cluster_wait(int64_t until_us);
void cluster_wake(void);

struct fake_topic *cluster_topic(const char *name);
struct fake_topic *cluster_add_topic(const char *name, int partitions);
struct fake_group *cluster_group(const char *name);
struct fake_producer *cluster_producer(const char *id);

void log_append_marker(struct log *log);
void log_append_record(struct log *log, const struct bus_record *record, enum entry_state state,
	const struct fake_producer *producer);
/* The last stable offset: behind it everything is decided. */
size_t log_stable(struct log *log);
struct bus_message entry_message(
	const struct fake_topic *topic, int32_t partition, int64_t offset, struct entry *entry);

struct group_offset *group_offset(struct fake_group *group, const char *topic, int32_t partition);

/* Decides what @producer has open: messages, markers behind them, pending offsets. */
void producer_end(struct fake_producer *producer, bool commit);
/* A new epoch: what was open is aborted. */
void producer_fence(struct fake_producer *producer);

/* Counts the call; the result that was injected for it, or 0. Words are set for a fault. */
int fake_step(enum fake_step step);
void fake_steps_reset(void);
