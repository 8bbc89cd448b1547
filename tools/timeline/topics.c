#include "topics.h"

#include "weave.h"

#include <base/clock.h>
#include <base/fault.h>
#include <bus/cluster.h>
#include <bus/reader.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CLIENT_ID "timeline"
#define STRETCHES_MAX BUS_PARTITIONS_MAX
#define BATCH_MAX 1000
#define POLL_MS 200

/* One search: what is asked of the cluster, and the stretches that follow from it. */
struct search {
	const struct topics_config *config;
	struct timeline *timeline;
	struct bus_cluster *cluster;
	char key[UUID_TEXT_SIZE];
	struct bus_position positions[STRETCHES_MAX], ends[STRETCHES_MAX];
	struct bus_stretch stretches[STRETCHES_MAX];
	int32_t homes[STRETCHES_MAX]; /* of the key, in the topic of the position */
	size_t count;
	int64_t left; /* messages still to be read */
	int64_t told_us;
	bool told;
};

static void add_positions(struct search *search, const struct bus_topic_size *topic)
{
	int32_t home = bus_partition_of(search->key, UUID_TEXT_SIZE - 1, topic->partitions);

	for (int32_t partition = 0; partition < topic->partitions; partition++) {
		if (partition != home && !search->config->all_partitions)
			continue;
		if (search->count == STRETCHES_MAX) {
			timeline_note(search->timeline,
				"%s %" PRId32 " was not read: there are more than %d partitions",
				topic->name, partition, STRETCHES_MAX);
			return;
		}
		search->positions[search->count] =
			(struct bus_position){.topic = topic->name, .partition = partition};
		search->homes[search->count] = home;
		search->ends[search->count] = search->positions[search->count];
		search->count++;
	}
}

static int find_positions(struct search *search)
{
	struct bus_topic_size *topics;
	size_t count;
	int r = bus_cluster_topics(search->cluster, search->timeline->arena, &topics, &count);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		add_positions(search, &topics[i]);
	if (search->count == 0)
		return 0;
	r = bus_cluster_at(search->cluster, search->config->since_us / US_PER_MS, search->positions,
		search->count);
	return r < 0 ? r : bus_cluster_ends(search->cluster, search->ends, search->count);
}

/* Stretches that hold anything; and what is more than may be read is left out, and said. */
static size_t find_stretches(struct search *search)
{
	size_t found = 0;
	int64_t left = search->config->messages_max;

	for (size_t i = 0; i < search->count; i++) {
		const struct bus_position *from = &search->positions[i];
		int64_t until = search->ends[i].offset;

		if (from->offset < 0 || from->offset >= until)
			continue;
		if (until - from->offset > left) {
			timeline_note(search->timeline,
				"%s %" PRId32 " was read from %" PRId64 " to %" PRId64
				", not to its end %" PRId64 ": --messages-max allows more",
				from->topic, from->partition, from->offset, from->offset + left,
				until);
			until = from->offset + left;
		}
		left -= until - from->offset;
		if (until > from->offset)
			search->stretches[found++] = (struct bus_stretch){
				.topic = from->topic,
				.partition = from->partition,
				.from = from->offset,
				.until = until,
			};
	}
	search->left = search->config->messages_max - left;
	return found;
}

static bool is_astray(const struct search *search, const struct bus_message *message)
{
	for (size_t i = 0; i < search->count; i++) {
		if (search->positions[i].partition == message->partition &&
			strcmp(search->positions[i].topic, message->topic) == 0)
			return search->homes[i] != message->partition;
	}
	return false;
}

static void take(struct search *search, const struct bus_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct bus_message *message = &batch->messages[i];
		struct bus_header headers[BUS_HEADERS_MAX];
		struct record *record;
		size_t count;

		search->left--;
		if (message->key_size != UUID_TEXT_SIZE - 1 ||
			memcmp(message->key, search->key, UUID_TEXT_SIZE - 1) != 0)
			continue;
		record = timeline_add(search->timeline);
		if (!record)
			continue;
		count = bus_headers(message, headers, BUS_HEADERS_MAX);
		topics_describe(message, headers, count < BUS_HEADERS_MAX ? count : BUS_HEADERS_MAX,
			search->timeline->arena, record);
		record->astray = is_astray(search, message);
	}
}

/* From the second second on, and once a second. */
static void tell_progress(struct search *search)
{
	int64_t now_us = clock_monotonic_us();

	if (!search->config->progress || now_us - search->told_us < US_PER_S)
		return;
	search->told_us = now_us;
	search->told = true;
	fprintf(stderr, "\rreading topics: %" PRId64 " messages to go \033[K", search->left);
}

static int read_stretches(struct search *search, size_t count)
{
	const struct topics_config *config = search->config;
	int64_t heard_us = clock_monotonic_us();
	struct bus_reader *reader = NULL;
	int r = bus_reader_create(
		&(struct bus_reader_config){
			.bootstrap = config->bootstrap,
			.client_id = CLIENT_ID,
			.options = config->options,
			.stretches = search->stretches,
			.count = count,
			.batch_max = BATCH_MAX,
		},
		&reader);

	while (r == 0) {
		struct bus_batch batch = {0};

		r = bus_reader_next(reader, POLL_MS, &batch);
		if (r != 0)
			break;
		take(search, &batch);
		if (batch.count > 0)
			heard_us = clock_monotonic_us();
		bus_reader_release(reader, &batch);
		tell_progress(search);
		if (clock_monotonic_us() - heard_us > config->timeout_ms * US_PER_MS)
			r = fault(FAULT_BUS, "no message came for %d ms", config->timeout_ms);
	}
	if (search->told)
		fputs("\r\033[K", stderr);
	bus_reader_destroy(reader);
	return r < 0 ? r : 0;
}

static int add_standing(struct search *search, const char *group)
{
	struct timeline *timeline = search->timeline;
	struct bus_position *positions;
	size_t count;
	int r = bus_cluster_committed(search->cluster, group, timeline->arena, &positions, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (timeline->standing_count < TIMELINE_STANDINGS_MAX)
			timeline->standings[timeline->standing_count++] = (struct standing){group,
				positions[i].topic, positions[i].partition, positions[i].offset};
	}
	return r;
}

/* Where the readers of all topics stand, and the relays. */
static int read_standings(struct search *search)
{
	static const char *const groups[] = {"order", "payment", "inventory", "notification",
		"analytics", "gateway", "relay.order", "relay.payment", NULL};
	int r = 0;

	for (size_t i = 0; r == 0 && groups[i]; i++)
		r = add_standing(search, groups[i]);
	return r;
}

static int search_all(struct search *search)
{
	int r = bus_cluster_create(
		&(struct bus_cluster_config){
			.bootstrap = search->config->bootstrap,
			.client_id = CLIENT_ID,
			.options = search->config->options,
			.timeout_ms = search->config->timeout_ms,
		},
		&search->cluster);
	size_t count;

	/* First: what is read afterwards is at least as new. */
	if (r == 0)
		r = read_standings(search);
	if (r == 0)
		r = find_positions(search);
	if (r < 0)
		return r;
	count = find_stretches(search);
	return count > 0 ? read_stretches(search, count) : 0;
}

void topics_read(const struct topics_config *config, struct timeline *timeline)
{
	struct search *search = arena_new(timeline->arena, struct search);
	int r;

	search->config = config;
	search->told_us = clock_monotonic_us();
	search->timeline = timeline;
	uuid_format(&timeline->order_id, search->key);
	r = search_all(search);
	timeline_source(timeline, "kafka", r < 0 ? fault_text() : NULL);
	bus_cluster_destroy(search->cluster);
}
