#include "watcher.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <bus/admin.h>
#include <bus/cluster.h>
#include <bus/reader.h>
#include <events/events.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC "order.events"
#define BATCH_MAX 100
#define ARENA_SIZE_MAX ((size_t)1 << 20)

struct watcher {
	struct bus_reader *reader;
	struct arena *arena;
	struct bus_options options;
};

/* How many partitions the topic has; FAULT_BUS_CONFIG when there is no such topic. */
static int count_partitions(
	const struct watcher *watcher, const char *bootstrap, int timeout_ms, size_t *ret_count)
{
	static const struct bus_topic topics[] = {{.name = TOPIC, .partitions = 1}, {0}};
	struct bus_topic_report report;
	int r = bus_topics_inspect(bootstrap, watcher->options.list, topics, timeout_ms, &report);
	if (r < 0)
		return r;
	if (report.state == BUS_TOPIC_MISSING)
		return fault(FAULT_BUS_CONFIG, "there is no topic " TOPIC " at %s", bootstrap);
	if (report.partitions > BUS_PARTITIONS_MAX)
		return fault(FAULT_LIMIT, TOPIC " has %d partitions, more than %d",
			report.partitions, BUS_PARTITIONS_MAX);
	*ret_count = (size_t)report.partitions;
	return 0;
}

static int find_ends(const struct watcher *watcher, const char *bootstrap, int timeout_ms,
	struct bus_position *ends, size_t count)
{
	struct bus_cluster *cluster;
	int r = bus_cluster_create(
		&(struct bus_cluster_config){
			.bootstrap = bootstrap,
			.client_id = "orders",
			.options = watcher->options.list,
			.timeout_ms = timeout_ms,
		},
		&cluster);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		ends[i] = (struct bus_position){.topic = TOPIC, .partition = (int32_t)i};
	r = bus_cluster_ends(cluster, ends, count);
	bus_cluster_destroy(cluster);
	return r;
}

static int open_reader(struct watcher *watcher, const char *bootstrap,
	const struct bus_position *ends, size_t count)
{
	struct bus_stretch *stretches = arena_array(watcher->arena, count, sizeof(*stretches));
	if (!stretches)
		return fault(FAULT_SYSTEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		stretches[i] = (struct bus_stretch){
			TOPIC, ends[i].partition, ends[i].offset, BUS_UNTIL_FOREVER};
	return bus_reader_create(
		&(struct bus_reader_config){
			.bootstrap = bootstrap,
			.client_id = "orders",
			.options = watcher->options.list,
			.stretches = stretches,
			.count = count,
			.batch_max = BATCH_MAX,
		},
		&watcher->reader);
}

static int open_watcher(struct watcher *watcher, const char *bootstrap,
	const struct bus_access *access, int timeout_ms)
{
	struct bus_position *ends = NULL;
	size_t count;
	int r = bus_options_init(&watcher->options, access);
	if (r == 0)
		r = count_partitions(watcher, bootstrap, timeout_ms, &count);
	if (r == 0) {
		ends = arena_array(watcher->arena, count, sizeof(*ends));
		r = ends ? find_ends(watcher, bootstrap, timeout_ms, ends, count)
			 : fault(FAULT_SYSTEM, "out of memory");
	}
	if (r == 0)
		r = open_reader(watcher, bootstrap, ends, count);
	arena_reset(watcher->arena);
	return r;
}

int watcher_create(const char *bootstrap, const struct bus_access *access, int timeout_ms,
	struct watcher **ret_watcher)
{
	struct watcher *watcher = calloc(1, sizeof(*watcher));

	if (!watcher)
		return fault(FAULT_SYSTEM, "out of memory");
	watcher->arena = arena_create(ARENA_SIZE_MAX);
	int r = open_watcher(watcher, bootstrap, access, timeout_ms);
	if (r < 0) {
		watcher_destroy(watcher);
		return r;
	}
	*ret_watcher = watcher;
	return 0;
}

void watcher_destroy(struct watcher *watcher)
{
	if (!watcher)
		return;
	bus_reader_destroy(watcher->reader);
	arena_destroy(watcher->arena);
	bus_options_finish(&watcher->options);
	free(watcher);
}

static bool is_type(const struct bus_header *header, const char *type)
{
	return header->size == strlen(type) && memcmp(header->value, type, header->size) == 0;
}

/* Tells the tally, if it is a terminal event. FAULT_INPUT when one cannot be read. */
static int take_message(struct watcher *watcher, const struct bus_message *message, int64_t seen_us,
	struct tally *tally)
{
	struct bus_header type;
	int r = 0;

	if (!bus_header_find(message, "type", &type))
		return fault(FAULT_INPUT, "an event without a type");
	if (is_type(&type, "OrderCompleted")) {
		struct order_completed event;
		r = order_completed_decode(
			message->value, message->value_size, watcher->arena, &event);
		if (r == 0)
			tally_ended(tally, &event.order_id, TALLY_COMPLETED, seen_us,
				event.completed_at_us);
	} else if (is_type(&type, "OrderCancelled")) {
		struct order_cancelled event;
		r = order_cancelled_decode(
			message->value, message->value_size, watcher->arena, &event);
		if (r == 0)
			tally_ended(tally, &event.order_id, TALLY_CANCELLED, seen_us,
				event.cancelled_at_us);
	}
	return r;
}

/* An event that cannot be read is somebody else's fault to find: it is told and passed over. */
static void note_unreadable(const struct bus_message *message, int result)
{
	log_write(LOG_WARNING,
		LOG_FIELDS(LOG_TEXT("topic", message->topic),
			LOG_NUMBER("partition", message->partition),
			LOG_NUMBER("offset", message->offset),
			LOG_TEXT("fault", fault_name(result)), LOG_TEXT("detail", fault_text())),
		"an event cannot be read");
}

int watcher_poll(struct watcher *watcher, int timeout_ms, struct tally *tally)
{
	struct bus_batch batch;
	int r = bus_reader_next(watcher->reader, timeout_ms, &batch);
	int64_t seen_us = clock_monotonic_us();

	if (r < 0)
		return r;
	for (size_t i = 0; i < batch.count; i++) {
		int taken = take_message(watcher, &batch.messages[i], seen_us, tally);
		if (taken < 0)
			note_unreadable(&batch.messages[i], taken);
		arena_reset(watcher->arena);
	}
	bus_reader_release(watcher->reader, &batch);
	return 0;
}
