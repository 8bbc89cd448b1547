/*
 * The lab's own topic, looked at and left alone.
 */
#include "cases.h"
#include "names.h"
#include "readers.h"

#include <base/clock.h>
#include <base/fault.h>
#include <bus/reader.h>
#include <string.h>

#define TOPIC "order.events"
#define PARTITIONS_MAX HISTORY_LANES_MAX
/* Of each partition, the latest. */
#define LATEST_MAX 20000
#define BATCH_MAX 500
#define POLL_MS 200

struct look {
	struct stage *stage;
	struct history *history;
	struct names *names;
	struct bus_stretch stretches[PARTITIONS_MAX];
	int64_t latest_us[PARTITIONS_MAX]; /* of a partition, so far */
	size_t count;
};

static int find_partitions(struct look *look)
{
	struct bus_topic_size *topics;
	size_t count;
	int r = bus_cluster_topics(look->stage->cluster, look->stage->arena, &topics, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (strcmp(topics[i].name, TOPIC) == 0)
			look->count = (size_t)topics[i].partitions;
	}
	if (r == 0 && (look->count == 0 || look->count > PARTITIONS_MAX))
		return fault(FAULT_STATE, "%s has %zu partitions, not 1 to %d: is this the lab?",
			TOPIC, look->count, PARTITIONS_MAX);
	return r;
}

static int find_stretches(struct look *look)
{
	struct bus_position starts[PARTITIONS_MAX] = {0}, ends[PARTITIONS_MAX] = {0};
	int r;

	for (size_t i = 0; i < look->count; i++)
		starts[i] = ends[i] =
			(struct bus_position){.topic = TOPIC, .partition = (int32_t)i};
	r = bus_cluster_starts(look->stage->cluster, starts, look->count);
	if (r == 0)
		r = bus_cluster_ends(look->stage->cluster, ends, look->count);
	for (size_t i = 0; r == 0 && i < look->count; i++) {
		int64_t from = ends[i].offset - LATEST_MAX;

		look->stretches[i] = (struct bus_stretch){
			.topic = TOPIC,
			.partition = (int32_t)i,
			.from = from > starts[i].offset ? from : starts[i].offset,
			.until = ends[i].offset,
		};
		history_lane(look->history, "partition %zu", i);
	}
	return r;
}

/* 0 for what is no number from 1 on: the checker refuses it. */
static int sequence_of(const struct bus_message *message)
{
	struct bus_header header;
	int sequence = 0;

	if (!bus_header_find(message, "sequence", &header) || header.size > 9)
		return 0;
	for (size_t i = 0; i < header.size; i++) {
		char digit = ((const char *)header.value)[i];

		if (digit < '0' || digit > '9')
			return 0;
		sequence = sequence * 10 + (digit - '0');
	}
	return sequence;
}

/* What has no key or number was put there by hand: a dead letter elsewhere, no order here. */
static int take(struct look *look, const struct bus_message *message)
{
	int sequence = sequence_of(message), key;
	int64_t *latest_us;

	if (sequence < 1 || message->key == NULL)
		return 0;
	key = names_number(look->names, message->key, message->key_size);
	if (key < 0)
		return key;
	/* Merged by time; a partition's own order is its offsets', whatever time says. */
	latest_us = &look->latest_us[message->partition];
	if (message->timestamp_ms * US_PER_MS > *latest_us)
		*latest_us = message->timestamp_ms * US_PER_MS;
	return history_add(look->history,
		(struct observation){
			.at_us = *latest_us,
			.lane = message->partition,
			.key = key,
			.sequence = sequence,
		});
}

static int read_batches(struct look *look, struct bus_reader *reader)
{
	int64_t until_us = clock_monotonic_us() + STAGE_TIMEOUT_MS * US_PER_MS;
	int r = 0;

	while (r == 0) {
		struct bus_batch batch;

		r = bus_reader_next(reader, POLL_MS, &batch);
		if (r == BUS_READER_DONE)
			return 0;
		if (r < 0)
			return r;
		for (size_t i = 0; r == 0 && i < batch.count; i++)
			r = take(look, &batch.messages[i]);
		bus_reader_release(reader, &batch);
		if (r == 0)
			r = stage_check();
		if (r == 0 && clock_monotonic_us() > until_us)
			r = fault(FAULT_BUS, "%s could not be read to its end in time", TOPIC);
	}
	return r;
}

static int read_topic(struct look *look)
{
	struct bus_reader *reader;
	int r = bus_reader_create(
		&(struct bus_reader_config){
			.bootstrap = look->stage->bootstrap,
			.client_id = "ordering",
			.options = look->stage->options.list,
			.stretches = look->stretches,
			.count = look->count,
			.batch_max = BATCH_MAX,
		},
		&reader);

	if (r < 0)
		return r;
	r = read_batches(look, reader);
	bus_reader_destroy(reader);
	return r;
}

int case_order_events(struct stage *stage, enum variant variant, struct scene *scene)
{
	struct look look = {.stage = stage, .history = &scene->history, .names = names_create()};
	int r = look.names ? find_partitions(&look) : fault(FAULT_SYSTEM, "no memory");

	(void)variant;
	if (r == 0)
		r = find_stretches(&look);
	if (r == 0)
		r = read_topic(&look);
	history_sort(&scene->history);
	if (r == 0)
		scene->rule = (struct checker_rule){.keys = names_count(look.names)};
	names_destroy(look.names);
	return r;
}
