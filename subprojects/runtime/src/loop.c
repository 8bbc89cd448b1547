#include "loop.h"

#include "apply.h"
#include "envelope.h"
#include "housekeeping.h"
#include "measure.h"
#include "publish.h"
#include "tracing.h"

#include <base/backoff.h>
#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/log.h>
#include <bus/admin.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 500
#define BATCH_BYTES_MAX (4 << 20)
#define POLL_MS 100
#define WAIT_STEP_MS 100
#define RETRY_FIRST_MS 50
#define RETRY_PAUSE_MAX_MS 5000
#define NOT_YET_PAUSE_MAX_MS 250 /* other keys wait too */
#define WAITS "the batch waits, its partitions are paused"
#define ADMIN_TIMEOUT_MS 5000
#define DAY_MS INT64_C(86400000)
#define ALIVE_MAX_US (30 * US_PER_S)
#define WAITING_MAX_US (30 * US_PER_S)
#define ARENA_MAX (256u << 20)
#define CHORES_ARENA_MAX (64u << 10)

struct loop {
	struct loop_config config;
	struct bus_consumer *consumer;
	struct publisher *publisher;
	struct store *store;
	struct arena *input; /* messages and events: until the batch is released */
	struct arena *work;  /* one attempt, and what it emitted */
	struct bus_batch batch;
	struct runtime_message messages[BATCH_MAX]; /* in step with batch.messages */
	int64_t taken_us;                           /* when the batch in hand was taken */
	struct outbox out;
	struct backoff backoff;
	struct housekeeping housekeeping;
	struct arena *chores; /* one step of the housekeeping */
	bool retention_checked;
	int64_t faulted_us; /* the latest fault; monotonic */
	_Atomic int64_t alive_us;
	_Atomic int64_t waiting_us;
	_Atomic bool faulting;
};

static int open_consumer(struct loop *loop)
{
	const struct loop_config *config = &loop->config;

	return bus_consumer_create(
		&(struct bus_consumer_config){
			.bootstrap = config->bootstrap,
			.group = config->handler->group,
			.instance = config->member,
			.client_id = config->service,
			.topics = config->handler->topics,
			.gather_ms = config->handler->gather_ms,
			.options = config->options,
			.batch_max = BATCH_MAX,
			.batch_bytes_max = BATCH_BYTES_MAX,
		},
		&loop->consumer);
}

int loop_create(const struct loop_config *config, struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int r;

	if (!loop)
		return fault(FAULT_SYSTEM, "no memory for the loop");
	loop->config = *config;
	loop->backoff =
		(struct backoff){.first_ms = RETRY_FIRST_MS, .pause_max_ms = RETRY_PAUSE_MAX_MS};
	loop->input = arena_create(ARENA_MAX);
	loop->work = arena_create(ARENA_MAX);
	loop->chores = arena_create(CHORES_ARENA_MAX);
	housekeeping_init(&loop->housekeeping, loop->chores,
		&(struct housekeeping_config){
			.inbox_days = config->inbox_days,
			.outbox_days = config->outbox_days,
			.answers = config->handler->publish == PUBLISH_TRANSACTION,
			.sweep = config->sweep,
		});
	loop->store = store_create(config->store);
	loop->publisher = publisher_create(&(struct publisher_config){
		.handler = config->handler,
		.service = config->service,
		.transactional_id = config->member,
		.bootstrap = config->bootstrap,
		.options = config->options,
	});
	r = open_consumer(loop);
	if (r < 0) {
		loop_destroy(loop);
		return r;
	}
	*ret_loop = loop;
	return 0;
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	bus_consumer_destroy(loop->consumer);
	publisher_destroy(loop->publisher);
	store_destroy(loop->store);
	arena_destroy(loop->input);
	arena_destroy(loop->work);
	arena_destroy(loop->chores);
	free(loop);
}

/* A rebalance may have taken messages out of the batch in hand: so do we. */
static void keep_in_step(struct loop *loop, size_t count_before)
{
	size_t kept = 0;

	for (size_t i = 0; i < count_before && kept < loop->batch.count; i++) {
		if (loop->messages[i].raw.handle == loop->batch.messages[kept].handle)
			loop->messages[kept++] = loop->messages[i];
	}
}

/* After a fault: a pause with the partitions held and membership kept. */
static void wait_to_retry(struct loop *loop, int64_t pause_max_ms, int result, const char *what)
{
	int64_t pause_ms, until_us = clock_monotonic_us();

	measure_retry();
	loop->faulted_us = until_us;
	atomic_store(&loop->faulting, true);
	if (loop->backoff.attempts == 0 || loop->backoff.attempts % 10 == 9)
		log_fault(LOG_WARNING, result, what);
	pause_ms = backoff_next_ms(&loop->backoff);
	until_us += (pause_ms < pause_max_ms ? pause_ms : pause_max_ms) * US_PER_MS;
	do {
		size_t before = loop->batch.count;

		if (loop->config.stopping())
			return;
		(void)bus_consumer_wait(loop->consumer, WAIT_STEP_MS, &loop->batch);
		keep_in_step(loop, before);
	} while (loop->batch.count > 0 && clock_monotonic_us() < until_us);
}

static void recovered(struct loop *loop)
{
	if (loop->backoff.attempts > 0)
		log_info("going on", LOG_NUMBER("attempts", loop->backoff.attempts));
	backoff_reset(&loop->backoff);
	atomic_store(&loop->faulting, false);
}

/* A part of what is in hand: everything, or one message. */
struct part {
	size_t first;
	bool alone;
};

static struct runtime_batch view(struct loop *loop, struct part part)
{
	return (struct runtime_batch){
		.messages = &loop->messages[part.first],
		.count = part.alone ? 1 : loop->batch.count,
		.store = loop->store,
		.arena = loop->work,
		.out = &loop->out,
	};
}

static struct bus_batch offsets_of(struct loop *loop, struct part part)
{
	return (struct bus_batch){
		.messages = &loop->batch.messages[part.first],
		.count = part.alone ? 1 : loop->batch.count,
	};
}

static int apply_once(struct loop *loop, struct part part, void **ret_state)
{
	struct runtime_batch batch;

	arena_reset(loop->work);
	outbox_init(&loop->out, loop->work, clock_now_us());
	batch = view(loop, part);
	return apply_batch(loop->config.handler, &batch, ret_state);
}

static int publish_once(struct loop *loop, struct part part)
{
	struct runtime_batch batch = view(loop, part);
	struct bus_batch offsets = offsets_of(loop, part);
	int r;

	if (!publisher_wants(loop->publisher, &batch))
		return 0;
	/* An older offset must not be committed behind the transaction's. */
	r = bus_consumer_commit(loop->consumer);
	if (r == 0)
		r = publisher_publish(loop->publisher, &batch, loop->consumer, &offsets);
	for (size_t i = 0; r == 0 && i < batch.count; i++)
		batch.messages[i].published = true;
	return r;
}

/* Database, then Kafka. May be run again: the inbox absorbs what was done before. */
static int cycle(struct loop *loop, struct part part)
{
	struct runtime_batch batch;
	void *state = NULL;
	int r = apply_once(loop, part, &state);

	if (r != 0)
		return r;
	batch = view(loop, part);
	for (size_t i = 0; i < batch.count; i++) {
		if (batch.messages[i].outcome == POISON || batch.messages[i].outcome == PARKED)
			housekeeping_recount(&loop->housekeeping);
	}
	/* Now: after a refusal of Kafka's the inbox absorbs the batch, and nothing is told. */
	if (loop->config.handler->committed)
		loop->config.handler->committed(state, &batch, loop->config.context);
	r = publish_once(loop, part);
	if (r == 0) {
		measure_batch(&batch);
		tracing_batch(&batch, loop->config.handler->group, loop->taken_us);
	}
	return r;
}

/* The database refused something of the batch: each message alone, in order. */
static int cycle_each(struct loop *loop)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < loop->batch.count; i++)
		r = cycle(loop, (struct part){.first = i, .alone = true});
	return r;
}

/* Nobody knows whether that transaction was committed: the group's offsets do. */
static int drop_committed(struct loop *loop)
{
	size_t before = loop->batch.count;
	int r = bus_consumer_drop_committed(loop->consumer, &loop->batch);

	if (r == 0)
		keep_in_step(loop, before);
	return r;
}

/* A transactional service's offsets went with its answers. */
static int store_offsets(struct loop *loop)
{
	if (loop->config.handler->publish == PUBLISH_TRANSACTION)
		return 0;
	return bus_consumer_store(loop->consumer, &loop->batch);
}

/* Until the batch in hand is through. FAULT_STATE: fenced. */
static int finish_batch(struct loop *loop)
{
	while (loop->batch.count > 0 && !loop->config.stopping()) {
		int r = cycle(loop, (struct part){0});

		if (r == APPLY_SPLIT)
			r = cycle_each(loop);
		if (r == 0) {
			recovered(loop);
			return store_offsets(loop);
		}
		if (r == FAULT_STATE)
			return r;
		if (r == BUS_RECREATED)
			r = drop_committed(loop);
		if (r == APPLY_NOT_YET)
			wait_to_retry(loop, NOT_YET_PAUSE_MAX_MS, FAULT_DB, WAITS);
		else if (r < 0)
			wait_to_retry(loop, RETRY_PAUSE_MAX_MS, r, WAITS);
	}
	return 0;
}

static void read_batch(struct loop *loop)
{
	loop->taken_us = clock_now_us();
	for (size_t i = 0; i < loop->batch.count; i++)
		envelope_read(&loop->messages[i], &loop->batch.messages[i], loop->input);
}

static int step(struct loop *loop)
{
	int r = bus_consumer_poll(loop->consumer, POLL_MS, &loop->batch);

	atomic_store(&loop->alive_us, bus_consumer_alive_us(loop->consumer));
	atomic_store(&loop->waiting_us, bus_consumer_waiting_us(loop->consumer));
	measure_assigned(bus_consumer_assigned(loop->consumer));
	if (r < 0 || loop->batch.count == 0)
		return r;
	read_batch(loop);
	crash_point("loop.after_poll");
	r = finish_batch(loop);
	crash_point("loop.after_store");
	bus_consumer_release(loop->consumer, &loop->batch);
	arena_reset(loop->input);
	return r;
}

/* Once, when a broker has answered: what can come again must still be in the inbox. */
static void check_retention(struct loop *loop)
{
	const struct loop_config *config = &loop->config;
	const char *names[BUS_TOPICS_MAX + 2] = {publisher_dead_letters(loop->publisher)};
	int64_t kept_ms = 0;
	int r;

	if (loop->retention_checked || bus_consumer_alive_us(loop->consumer) == 0)
		return;
	loop->retention_checked = true;
	for (size_t i = 0; i < BUS_TOPICS_MAX && config->handler->topics[i]; i++)
		names[i + 1] = config->handler->topics[i];
	r = bus_topics_kept(config->bootstrap, config->options, names, ADMIN_TIMEOUT_MS, &kept_ms);
	if (r < 0)
		log_fault(LOG_WARNING, r, "cannot tell how long the topics keep their messages");
	else if (kept_ms >= config->inbox_days * DAY_MS)
		log_warning("the inbox does not outlive the topics: what is replayed from far back "
			    "is applied twice; raise inbox.days",
			LOG_NUMBER("inbox_days", config->inbox_days),
			LOG_NUMBER(
				"topics_keep_days", kept_ms == INT64_MAX ? -1 : kept_ms / DAY_MS));
}

int loop_run(struct loop *loop)
{
	while (!loop->config.stopping()) {
		int r = step(loop);

		if (r == FAULT_STATE)
			return r;
		/* Also who is refused stays, and is let in when a person has mended it. */
		if (r < 0)
			wait_to_retry(loop, RETRY_PAUSE_MAX_MS, r, "cannot read from the broker");
		else if (bus_consumer_alive_us(loop->consumer) > loop->faulted_us)
			recovered(loop);
		housekeeping_step(&loop->housekeeping, loop->store);
		check_retention(loop);
	}
	return 0;
}

int loop_ready(struct loop *loop)
{
	int64_t alive_us = atomic_load(&loop->alive_us);
	int64_t waiting_us = atomic_load(&loop->waiting_us);

	if (atomic_load(&loop->faulting))
		return fault(FAULT_BUS, "a batch waits to be tried again");
	if (alive_us == 0 || clock_monotonic_us() - alive_us > ALIVE_MAX_US)
		return fault(FAULT_BUS, "no broker has answered for %d s",
			(int)(ALIVE_MAX_US / US_PER_S));
	if (waiting_us > 0 && clock_monotonic_us() - waiting_us > WAITING_MAX_US)
		return fault(FAULT_BUS,
			"brokers answer, but for %d s group %s gives out no partitions",
			(int)(WAITING_MAX_US / US_PER_S), loop->config.handler->group);
	return 0;
}
