#include "watcher.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <bus/admin.h>
#include <bus/consumer.h>
#include <bus/transactor.h>
#include <events/events.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC "order.events"
#define POLL_MS 50
#define GROUP_SIZE 48
#define ARENA_SIZE_MAX ((size_t)1 << 20)

struct watcher {
	struct bus_consumer *consumer;
	struct arena *arena;
	struct bus_options given;
	const char *options[BUS_OPTIONS_MAX + 2];
	const char *bootstrap;
	char group[GROUP_SIZE];
	/* Of each partition: the offset behind the last message that was taken. */
	int64_t *next;
	int partitions;
};

/* Ours before the caller's: what happened before the run is not looked at. */
static int set_options(struct watcher *watcher, const struct bus_access *access)
{
	int r = bus_options_init(&watcher->given, access);

	watcher->options[0] = "auto.offset.reset=latest";
	for (size_t i = 0; r == 0 && watcher->given.list[i]; i++)
		watcher->options[i + 1] = watcher->given.list[i];
	return r;
}

static int open_consumer(struct watcher *watcher)
{
	static const char *const topics[] = {TOPIC, NULL};
	return bus_consumer_create(
		&(struct bus_consumer_config){
			.bootstrap = watcher->bootstrap,
			.group = watcher->group,
			.client_id = "orders",
			.topics = topics,
			.options = watcher->options,
			.batch_max = BUS_BATCH_MAX,
			.batch_bytes_max = 1 << 20,
		},
		&watcher->consumer);
}

/* How many partitions the topic has; FAULT_BUS_CONFIG when there is no such topic. */
static int count_partitions(struct watcher *watcher, int timeout_ms)
{
	static const struct bus_topic topics[] = {{.name = TOPIC, .partitions = 1}, {0}};
	struct bus_topic_report report;
	/* Without our own option, which is one of consumers. */
	int r = bus_topics_inspect(
		watcher->bootstrap, watcher->given.list, topics, timeout_ms, &report);
	if (r < 0)
		return r;
	if (report.state == BUS_TOPIC_MISSING)
		return fault(
			FAULT_BUS_CONFIG, "there is no topic " TOPIC " at %s", watcher->bootstrap);
	watcher->partitions = report.partitions;
	watcher->next = calloc((size_t)report.partitions, sizeof(*watcher->next));
	return watcher->next ? 0 : fault(FAULT_SYSTEM, "out of memory");
}

/* One poll whose messages are older than the run. */
static int poll_away(struct watcher *watcher)
{
	struct bus_batch batch;
	int r = bus_consumer_poll(watcher->consumer, POLL_MS, &batch);
	if (r < 0)
		return r;
	r = bus_consumer_store(watcher->consumer, &batch);
	bus_consumer_release(watcher->consumer, &batch);
	return r;
}

/* At the end of a partition the consumer stores its place: once committed, it is fixed. */
static int place_of(struct watcher *watcher, int32_t partition, int timeout_ms, int64_t *ret_offset)
{
	int r = bus_consumer_commit(watcher->consumer);
	if (r < 0)
		return r;
	return bus_position_read(&(struct bus_transactor_config){.bootstrap = watcher->bootstrap,
					 .client_id = "orders",
					 .options = watcher->options},
		watcher->group, TOPIC, partition, timeout_ms, ret_offset, NULL, 0);
}

static int wait_for_places(struct watcher *watcher, int timeout_ms)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
	int32_t known = 0;

	while (known < watcher->partitions) {
		int64_t offset = -1;
		int r = poll_away(watcher);
		if (r == 0 && bus_consumer_assigned(watcher->consumer) == watcher->partitions)
			r = place_of(watcher, known, timeout_ms, &offset);
		if (r < 0 && !fault_is_transient(r))
			return r;
		if (offset >= 0)
			known++;
		else if (clock_monotonic_us() > until_us)
			return fault(FAULT_BUS,
				"%d of %d partitions of " TOPIC " ready after %d ms", known,
				watcher->partitions, timeout_ms);
	}
	return 0;
}

static int open_watcher(struct watcher *watcher, const struct bus_access *access, int timeout_ms)
{
	int r = set_options(watcher, access);
	if (r == 0)
		r = count_partitions(watcher, timeout_ms);
	if (r == 0)
		r = open_consumer(watcher);
	if (r == 0)
		r = wait_for_places(watcher, timeout_ms);
	return r;
}

int watcher_create(const char *bootstrap, const struct bus_access *access, const struct uuid *run,
	int timeout_ms, struct watcher **ret_watcher)
{
	struct watcher *watcher = calloc(1, sizeof(*watcher));
	char id[UUID_TEXT_SIZE];

	if (!watcher)
		return fault(FAULT_SYSTEM, "out of memory");
	watcher->bootstrap = bootstrap;
	watcher->arena = arena_create(ARENA_SIZE_MAX);
	snprintf(watcher->group, sizeof(watcher->group), "orders.%s", uuid_format(run, id));
	int r = open_watcher(watcher, access, timeout_ms);
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
	bus_consumer_destroy(watcher->consumer);
	arena_destroy(watcher->arena);
	bus_options_finish(&watcher->given);
	free(watcher->next);
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

/*
 * What was taken and not yet committed when the broker went away comes again: that is
 * no second event. The same event at another offset is one.
 */
static bool was_taken(struct watcher *watcher, const struct bus_message *message)
{
	if (message->partition >= watcher->partitions)
		return false;
	int64_t *next = &watcher->next[message->partition];
	if (message->offset < *next)
		return true;
	*next = message->offset + 1;
	return false;
}

int watcher_poll(struct watcher *watcher, int timeout_ms, struct tally *tally)
{
	struct bus_batch batch;
	int r = bus_consumer_poll(watcher->consumer, timeout_ms, &batch);
	int64_t seen_us = clock_monotonic_us();

	if (r < 0)
		return r;
	for (size_t i = 0; i < batch.count; i++) {
		if (was_taken(watcher, &batch.messages[i]))
			continue;
		int taken = take_message(watcher, &batch.messages[i], seen_us, tally);
		if (taken < 0)
			note_unreadable(&batch.messages[i], taken);
		arena_reset(watcher->arena);
	}
	r = bus_consumer_store(watcher->consumer, &batch);
	bus_consumer_release(watcher->consumer, &batch);
	return r;
}
