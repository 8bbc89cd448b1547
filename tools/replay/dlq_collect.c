#include "dlq_desk.h"

#include <base/fault.h>
#include <bus/reader.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH_MAX 500
#define POLL_MS 500
#define STALLS_MAX 40 /* polls in a row that gave nothing */
#define LETTERS_MAX 10000
#define LETTERS_BYTES_MAX ((size_t)256 << 20)
#define SCRATCH_MAX ((size_t)64 << 20)

enum { ENOUGH = 1 };

typedef int take_message(void *context, const struct bus_message *message);

static void show_progress(const struct dlq_desk *desk, const char *topic, size_t count)
{
	if (desk->progress && count > 0)
		fprintf(stderr, "\r%s: %zu read \033[K", topic, count);
}

/* Until all has been read, or @take has ENOUGH. */
static int read_all(struct dlq_desk *desk, const struct bus_stretch *stretches, size_t count,
	take_message *take, void *context)
{
	struct bus_reader *reader;
	struct bus_batch batch;
	size_t done = 0;
	int stalls = 0, r;

	r = bus_reader_create(&(struct bus_reader_config){.bootstrap = desk->bootstrap,
				      .client_id = "replay-dlq",
				      .options = desk->options,
				      .stretches = stretches,
				      .count = count,
				      .batch_max = BATCH_MAX},
		&reader);
	if (r < 0)
		return r;
	while (r == 0 && stalls < STALLS_MAX) {
		r = bus_reader_next(reader, POLL_MS, &batch);
		if (r != 0)
			break;
		stalls = batch.count > 0 ? 0 : stalls + 1;
		for (size_t i = 0; r == 0 && i < batch.count; i++)
			r = take(context, &batch.messages[i]);
		done += batch.count;
		bus_reader_release(reader, &batch);
		show_progress(desk, stretches[0].topic, done);
	}
	bus_reader_destroy(reader);
	if (desk->progress && done > 0)
		fputs("\r\033[K", stderr);
	if (r == 0)
		return fault(FAULT_BUS, "%s: no message came for %d s", stretches[0].topic,
			STALLS_MAX * POLL_MS / 1000);
	return r < 0 ? r : 0;
}

static const struct bus_topic_size *find_topic(const struct dlq_plan_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->topic_count; i++) {
		if (strcmp(facts->topics[i].name, name) == 0)
			return &facts->topics[i];
	}
	return NULL;
}

/* All that the topic holds. */
static int stretches_of(struct dlq_desk *desk, const struct bus_topic_size *topic,
	struct bus_stretch **ret_stretches)
{
	size_t count = (size_t)topic->partitions;
	struct bus_position *starts = arena_array(desk->arena, count, sizeof(*starts));
	struct bus_position *ends = arena_array(desk->arena, count, sizeof(*ends));
	struct bus_stretch *stretches = arena_array(desk->arena, count, sizeof(*stretches));
	int r;

	for (size_t i = 0; i < count; i++)
		starts[i] = ends[i] =
			(struct bus_position){.topic = topic->name, .partition = (int32_t)i};
	r = bus_cluster_starts(desk->cluster, starts, count);
	if (r == 0)
		r = bus_cluster_ends(desk->cluster, ends, count);
	for (size_t i = 0; r == 0 && i < count; i++)
		stretches[i] = (struct bus_stretch){
			topic->name, (int32_t)i, starts[i].offset, ends[i].offset};
	*ret_stretches = stretches;
	return r;
}

/* ---- the audit ---- */

struct audit_list {
	struct dlq_desk *desk;
	struct audit *audits;
	size_t count, count_max;
};

/* What is no record of ours says nothing about any dead letter. */
static int take_audit(void *context, const struct bus_message *message)
{
	struct audit_list *list = context;
	struct arena *arena = list->desk->arena;
	struct audit audit;

	if (audit_read(message->value, message->value_size, arena, &audit) < 0 ||
		strcmp(audit.group, list->desk->group) != 0)
		return 0;
	if (list->count == list->count_max) {
		struct audit *longer;

		list->count_max = list->count_max ? 2 * list->count_max : 256;
		longer = arena_array(arena, list->count_max, sizeof(*longer));
		if (list->count > 0)
			memcpy(longer, list->audits, list->count * sizeof(*longer));
		list->audits = longer;
	}
	list->audits[list->count++] = audit;
	return 0;
}

static int collect_audits(struct dlq_desk *desk, struct dlq_plan_facts *facts)
{
	const struct bus_topic_size *topic = find_topic(facts, AUDIT_TOPIC);
	struct audit_list list = {.desk = desk};
	struct bus_stretch *stretches;
	int r;

	if (!topic)
		return fault(
			FAULT_BUS_CONFIG, "there is no topic " AUDIT_TOPIC ": ./lab up makes it");
	r = stretches_of(desk, topic, &stretches);
	if (r == 0)
		r = read_all(desk, stretches, (size_t)topic->partitions, take_audit, &list);
	facts->audits = list.audits;
	facts->audit_count = list.count;
	return r;
}

/* ---- the keys that wait ---- */

static void take_fronts(
	struct dlq_desk *desk, const struct store_result *rows, struct dlq_plan_facts *facts)
{
	facts->front_count = store_rows(rows);
	facts->fronts = arena_array(desk->arena, facts->front_count, sizeof(*facts->fronts));
	for (size_t row = 0; row < facts->front_count; row++) {
		struct front *front = &facts->fronts[row];
		const void *key = store_get_bytes(rows, row, 0, &front->key_size);

		front->key = arena_copy(desk->arena, key, front->key_size);
		front->origin = (struct letter_origin){
			.topic = store_copy_text(rows, row, 1, desk->arena),
			.partition = store_get_int(rows, row, 2),
			.offset = store_get_long(rows, row, 3),
		};
		front->behind = store_get_long(rows, row, 4);
	}
}

static int collect_fronts(struct dlq_desk *desk, struct dlq_plan_facts *facts)
{
	struct store_result *results[2] = {0};
	int r = store_ready(desk->store);

	if (r < 0)
		return r;
	store_queue(desk->store, "dlq_front_list", NULL);
	store_queue(desk->store, "dlq_topic_list", NULL);
	r = store_run(desk->store, results, 2);
	if (r == 0) {
		size_t count = store_rows(results[1]);

		take_fronts(desk, results[0], facts);
		desk->parked_topics =
			arena_array(desk->arena, count + 1, sizeof(*desk->parked_topics));
		for (size_t row = 0; row < count; row++)
			desk->parked_topics[row] = store_copy_text(results[1], row, 0, desk->arena);
	}
	store_results_free(results, 2);
	return r;
}

/* ---- the dead letters ---- */

struct letter_list {
	struct dlq_desk *desk;
	struct arena *scratch;
};

static int take_letter(void *context, const struct bus_message *message)
{
	struct letter_list *list = context;
	struct dlq_desk *desk = list->desk;
	struct dlq_plan *plan = desk->plan;
	size_t count = bus_headers(message, NULL, 0);
	struct dlq_place *place = &desk->places[message->partition];
	struct bus_header *headers;
	struct letter letter;

	arena_reset(list->scratch);
	headers = arena_array(list->scratch, count, sizeof(*headers));
	(void)bus_headers(message, headers, count);
	letter_read(message, headers, count, desk->group, list->scratch, &letter);
	if (arena_used(desk->arena) > LETTERS_BYTES_MAX)
		plan->count_max = plan->count;
	switch (dlq_plan_add(plan, &letter)) {
	case DLQ_PLAN_SETTLED:
		break;
	case DLQ_PLAN_UNMEANT:
		dlq_place_keep(place, message->offset);
		break;
	case DLQ_PLAN_TAKEN:
		/* The scratch is gone with the next one. */
		letter_read(message, headers, count, desk->group, desk->arena,
			&plan->entries[plan->count - 1].letter);
		break;
	case DLQ_PLAN_FULL:
		return ENOUGH;
	}
	place->read_to = message->offset + 1;
	return 0;
}

/* Where an earlier run left off; the rest of the topic is as if it were not there. */
static int begin_at_places(struct dlq_desk *desk, struct bus_stretch *stretches)
{
	struct bus_position *positions;
	size_t count;
	int r = bus_cluster_committed(desk->cluster, desk->place, desk->arena, &positions, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct bus_stretch *stretch;

		if (strcmp(positions[i].topic, desk->letters) != 0 || positions[i].partition < 0 ||
			(size_t)positions[i].partition >= desk->place_count)
			continue;
		stretch = &stretches[positions[i].partition];
		/* Beyond the end: the topic was made anew. */
		if (positions[i].offset > stretch->from && positions[i].offset <= stretch->until)
			stretch->from = positions[i].offset;
	}
	for (size_t i = 0; i < desk->place_count; i++)
		desk->places[i] =
			(struct dlq_place){stretches[i].from, stretches[i].from, .kept = INT64_MAX};
	return r;
}

static int collect_letters(struct dlq_desk *desk, struct bus_stretch *stretches)
{
	struct letter_list list = {.desk = desk, .scratch = arena_create(SCRATCH_MAX)};
	int r = begin_at_places(desk, stretches);

	if (r == 0)
		r = read_all(desk, stretches, desk->place_count, take_letter, &list);
	for (size_t i = 0; r == 0 && !desk->plan->cut && i < desk->place_count; i++)
		desk->places[i].read_to = stretches[i].until;
	arena_destroy(list.scratch);
	return r;
}

int dlq_collect(struct dlq_desk *desk)
{
	struct dlq_plan_facts facts = {.group = desk->group};
	const struct bus_topic_size *letters;
	struct bus_topic_size *topics;
	struct bus_stretch *stretches;
	int r = bus_cluster_topics(desk->cluster, desk->arena, &topics, &facts.topic_count);

	if (r < 0)
		return r;
	facts.topics = topics;
	letters = find_topic(&facts, desk->letters);
	if (!letters)
		return fault(FAULT_USAGE,
			"--group: there is no topic %s, so no group of that name has dead letters",
			desk->letters);
	desk->place_count = (size_t)letters->partitions;
	desk->places = arena_array(desk->arena, desk->place_count, sizeof(*desk->places));
	/* Ends first, keys that wait behind them: each dead letter's key is known then. */
	r = stretches_of(desk, letters, &stretches);
	if (r == 0)
		r = collect_audits(desk, &facts);
	if (r == 0)
		r = collect_fronts(desk, &facts);
	if (r < 0)
		return r;
	desk->plan = dlq_plan_create(&facts, &desk->choice, LETTERS_MAX, desk->arena);
	r = collect_letters(desk, stretches);
	if (r == 0)
		dlq_plan_decide(desk->plan);
	return r;
}
