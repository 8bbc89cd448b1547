#include "survey.h"

#include "keys.h"

#include <base/clock.h>
#include <base/fault.h>
#include <bus/reader.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 1000
#define SILENT_MAX_US (15 * US_PER_S)
#define SHOWN_EVERY_US (US_PER_S / 4)

typedef void (*visit_fn)(void *context, const struct bus_message *message);

static void show(const struct survey_source *source, int64_t read, int64_t *shown_us)
{
	int64_t now_us = clock_monotonic_us();

	if (!source->progress || now_us - *shown_us < SHOWN_EVERY_US)
		return;
	*shown_us = now_us;
	fprintf(stderr, "\rreading what would come again: %" PRId64 " messages\033[K", read);
}

/* A broker that falls silent is told as away; one that stutters is asked again. */
static int read_all(struct bus_reader *reader, const struct survey_source *source, visit_fn visit,
	void *context)
{
	int64_t heard_us = clock_monotonic_us(), shown_us = heard_us, read = 0;
	struct bus_batch batch;
	int r;

	while ((r = bus_reader_next(reader, WAIT_MS, &batch)) != BUS_READER_DONE) {
		if (r < 0 &&
			(!fault_is_transient(r) || clock_monotonic_us() - heard_us > SILENT_MAX_US))
			return r;
		if (r < 0)
			continue;
		for (size_t i = 0; i < batch.count; i++)
			visit(context, &batch.messages[i]);
		if (batch.count > 0)
			heard_us = clock_monotonic_us();
		read += (int64_t)batch.count;
		bus_reader_release(reader, &batch);
		show(source, read, &shown_us);
		if (clock_monotonic_us() - heard_us > SILENT_MAX_US)
			return fault(FAULT_BUS, "nothing came from %s for %d s: try again later",
				source->bootstrap, (int)(SILENT_MAX_US / US_PER_S));
	}
	return 0;
}

static int visit_stretches(const struct survey_source *source, const struct bus_stretch *stretches,
	size_t count, visit_fn visit, void *context)
{
	const struct bus_reader_config config = {
		.bootstrap = source->bootstrap,
		.client_id = "replay",
		.options = source->options,
		.stretches = stretches,
		.count = count,
		.batch_max = BUS_BATCH_MAX,
	};
	struct bus_reader *reader;
	int r = bus_reader_create(&config, &reader);

	if (r < 0)
		return r;
	r = read_all(reader, source, visit, context);
	bus_reader_destroy(reader);
	if (source->progress)
		fputs("\r\033[K", stderr);
	return r;
}

struct counting {
	struct plan *plan;
	struct plan_row *found; /* the row of the last message: they come in runs */
	struct keys *keys;
};

static struct plan_row *row_of(struct counting *counting, const struct bus_message *message)
{
	struct plan_row *row = counting->found;

	if (row && row->partition == message->partition && strcmp(row->topic, message->topic) == 0)
		return row;
	for (size_t i = 0; i < counting->plan->count; i++) {
		row = &counting->plan->rows[i];
		if (row->partition == message->partition && strcmp(row->topic, message->topic) == 0)
			return counting->found = row;
	}
	return NULL;
}

static void count_message(void *context, const struct bus_message *message)
{
	struct counting *counting = context;
	struct plan_row *row = row_of(counting, message);

	if (row)
		row->replays++;
	if (message->key)
		keys_add(counting->keys, message->key, message->key_size);
}

int survey_plan(const struct survey_source *source, struct plan *plan, struct arena *arena,
	int64_t *ret_keys)
{
	struct bus_stretch *stretches = arena_array(arena, plan->count, sizeof(*stretches));
	struct counting counting = {.plan = plan, .keys = keys_create()};
	size_t count = 0;
	int r;

	for (size_t i = 0; i < plan->count; i++) {
		struct plan_row *row = &plan->rows[i];

		if (row->replays == 0)
			continue;
		stretches[count++] = (struct bus_stretch){
			row->topic, row->partition, row->target, row->target + row->replays};
		row->replays = 0;
	}
	r = count > 0 ? visit_stretches(source, stretches, count, count_message, &counting) : 0;
	for (size_t i = 0; r == 0 && i < plan->count; i++)
		plan->rows[i].counted = true;
	*ret_keys = keys_count(counting.keys);
	keys_destroy(counting.keys);
	return r;
}

struct search {
	const char *key;
	size_t key_size;
	struct arena *arena;
	struct survey_event *events;
	size_t count;
	bool full;
};

static void compare_key(void *context, const struct bus_message *message)
{
	struct search *search = context;
	struct bus_header type;

	if (message->key_size != search->key_size || !message->key ||
		memcmp(message->key, search->key, search->key_size) != 0)
		return;
	search->full |= search->count == SURVEY_EVENTS_MAX;
	if (search->full)
		return;
	search->events[search->count++] = (struct survey_event){
		.topic = arena_string(search->arena, message->topic),
		.partition = message->partition,
		.offset = message->offset,
		.timestamp_ms = message->timestamp_ms,
		.type = bus_header_find(message, "type", &type)
			? arena_string_of(search->arena, type.value, type.size)
			: "",
	};
}

static int by_place(const void *left, const void *right)
{
	const struct survey_event *a = left, *b = right;
	int order = strcmp(a->topic, b->topic);

	if (order != 0)
		return order;
	if (a->partition != b->partition)
		return a->partition < b->partition ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

int survey_key(const struct survey_source *source, const char *key,
	const struct bus_stretch *stretches, size_t count, struct arena *arena,
	struct survey_event **ret_events, size_t *ret_count)
{
	struct search search = {.key = key, .key_size = strlen(key), .arena = arena};
	int r;

	search.events = arena_array(arena, SURVEY_EVENTS_MAX, sizeof(*search.events));
	r = visit_stretches(source, stretches, count, compare_key, &search);
	if (r < 0)
		return r;
	if (search.full)
		return fault(
			FAULT_USAGE, "order %s has more than %d messages", key, SURVEY_EVENTS_MAX);
	qsort(search.events, search.count, sizeof(*search.events), by_place);
	*ret_events = search.events;
	*ret_count = search.count;
	return 0;
}
