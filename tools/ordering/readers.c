#include "readers.h"

#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <bus/reader.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_MAX 100
#define POLL_MS 200
#define WORDS_SIZE 256
#define WORK_NS (1000 * 1000)

static int find_ends(struct stage *stage, const struct part *part, struct bus_stretch *stretches)
{
	struct bus_position ends[HISTORY_LANES_MAX] = {0};
	size_t count = (size_t)(part->until - part->from);
	int r;

	assert(count <= HISTORY_LANES_MAX);
	for (size_t i = 0; i < count; i++)
		ends[i] = (struct bus_position){
			.topic = part->topic, .partition = part->from + (int)i};
	r = bus_cluster_ends(stage->cluster, ends, count);
	for (size_t i = 0; r == 0 && i < count; i++)
		stretches[i] = (struct bus_stretch){
			.topic = part->topic,
			.partition = ends[i].partition,
			.until = ends[i].offset,
		};
	return r;
}

static int take_batch(const struct bus_batch *batch, readers_take *take, void *closure)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < batch->count; i++) {
		struct step step;

		r = plan_parse(batch->messages[i].value, batch->messages[i].value_size, &step);
		if (r == 0)
			r = take(closure, &batch->messages[i], step);
	}
	return r;
}

/* Until all has been read; a broker that is away longer than our patience is a fault. */
static int read_all(struct bus_reader *reader, readers_take *take, void *closure)
{
	int64_t until_us = clock_monotonic_us() + STAGE_TIMEOUT_MS * US_PER_MS;

	for (;;) {
		struct bus_batch batch;
		int r = bus_reader_next(reader, POLL_MS, &batch);

		if (r == BUS_READER_DONE)
			return 0;
		if (r < 0 && !(fault_is_transient(r) && clock_monotonic_us() < until_us))
			return r;
		if (r < 0)
			continue;
		r = take_batch(&batch, take, closure);
		bus_reader_release(reader, &batch);
		if (r == 0)
			r = stage_check();
		if (r == 0 && clock_monotonic_us() > until_us)
			r = fault(FAULT_BUS, "a topic could not be read to its end in time");
		if (r < 0)
			return r;
	}
}

/* @stretches that are empty have nothing to read. */
static int read_stretches(struct stage *stage, const struct bus_stretch *stretches, size_t count,
	readers_take *take, void *closure)
{
	struct bus_reader *reader;
	int r = bus_reader_create(
		&(struct bus_reader_config){
			.bootstrap = stage->bootstrap,
			.client_id = "ordering",
			.options = stage->options.list,
			.stretches = stretches,
			.count = count,
			.batch_max = BATCH_MAX,
		},
		&reader);

	if (r < 0)
		return r;
	r = read_all(reader, take, closure);
	bus_reader_destroy(reader);
	return r;
}

int readers_each(struct stage *stage, const struct part *part, readers_take *take, void *closure)
{
	struct bus_stretch stretches[HISTORY_LANES_MAX];
	int r = find_ends(stage, part, stretches);

	return r < 0 ? r
		     : read_stretches(
			       stage, stretches, (size_t)(part->until - part->from), take, closure);
}

/* One partition's reader, with a thread of its own. */
struct lane_reader {
	pthread_t thread;
	struct stage *stage;
	struct bus_stretch stretch;
	struct history *history;
	int lane;
	pthread_barrier_t *start;
	bool started;
	int result;
	char words[WORDS_SIZE]; /* the fault's, which are kept per thread */
};

/* All begin together, when each has its first message or knows that there is none. */
static void start_together(struct lane_reader *reader)
{
	if (!reader->started)
		pthread_barrier_wait(reader->start);
	reader->started = true;
}

/* What handling takes: without it a lane would be read before the next is open. */
static void work(void)
{
	nanosleep(&(struct timespec){.tv_nsec = WORK_NS}, NULL);
}

static int take_into_history(void *closure, const struct bus_message *message, struct step step)
{
	struct lane_reader *reader = closure;
	struct bus_header owner;
	bool owned = bus_header_find(message, "owner", &owner) && owner.size == 1;

	start_together(reader);
	work();

	return history_add(reader->history,
		(struct observation){
			.at_us = clock_monotonic_us(),
			.lane = reader->lane,
			.key = step.key,
			.sequence = step.sequence,
			.owner = owned ? *(const char *)owner.value - '0' : 0,
		});
}

static void *run_lane(void *argument)
{
	struct lane_reader *reader = argument;

	reader->result =
		read_stretches(reader->stage, &reader->stretch, 1, take_into_history, reader);
	start_together(reader);
	if (reader->result < 0)
		snprintf(reader->words, sizeof(reader->words), "%s", fault_text());
	return NULL;
}

static int join(struct lane_reader *readers, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		pthread_join(readers[i].thread, NULL);
		if (r == 0 && readers[i].result < 0)
			r = fault((enum fault)readers[i].result, "%s", readers[i].words);
	}
	return r;
}

/* A thread that cannot be had while others wait for it is the end of the tool. */
static void start(struct lane_reader *reader)
{
	if (pthread_create(&reader->thread, NULL, run_lane, reader) != 0) {
		fputs("ordering: no thread for a reader: end other programs and try again\n",
			stderr);
		exit(EXIT_FAILURE);
	}
}

int readers_parallel(
	struct stage *stage, const struct part *part, struct history *history, int lane)
{
	struct lane_reader readers[HISTORY_LANES_MAX] = {0};
	struct bus_stretch stretches[HISTORY_LANES_MAX];
	size_t count = (size_t)(part->until - part->from);
	pthread_barrier_t barrier;
	int r = find_ends(stage, part, stretches);

	if (r < 0)
		return r;
	pthread_barrier_init(&barrier, NULL, (unsigned)count);
	for (size_t i = 0; i < count; i++) {
		readers[i] = (struct lane_reader){
			.stage = stage,
			.stretch = stretches[i],
			.history = history,
			.lane = lane + stretches[i].partition,
			.start = &barrier,
		};
		start(&readers[i]);
	}
	r = join(readers, count);
	pthread_barrier_destroy(&barrier);
	return r;
}

void readers_name_lanes(struct history *history, int partitions)
{
	for (int i = 0; i < partitions; i++)
		history_lane(history, "partition %d", i);
}
