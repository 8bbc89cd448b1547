/*
 * Order lost on the way out: a retry topic that is overtaken, a pool of threads.
 */
#include "cases.h"
#include "pool.h"
#include "readers.h"

#include <base/clock.h>
#include <base/fault.h>

/* One message of every third key fails the first time. */
static bool fails_at_first(const struct plan *plan, struct step step)
{
	return step.key % 3 == 0 && step.sequence == plan->messages / 2;
}

/* Who consumes the main topic, and what it does with what fails. */
struct retrying {
	struct stage *stage;
	struct history *history;
	struct producer *retry; /* NULL: this is the consumer of the retry topic */
	bool keeps_rows;        /* what comes behind a failed message follows it */
	bool waiting[PLAN_KEYS_MAX];
	int lane; /* of the retry topic */
};

static int take_or_retry(void *closure, const struct bus_message *message, struct step step)
{
	struct retrying *retrying = closure;
	const struct plan *plan = &retrying->stage->plan;
	char text[PLAN_TEXT_SIZE];

	if (retrying->retry) {
		bool fails = fails_at_first(plan, step);

		if (fails && retrying->keeps_rows)
			retrying->waiting[step.key] = true;
		if (fails || retrying->waiting[step.key])
			return producer_send(
				retrying->retry, plan->names[step.key], plan_text(step, text), 0);
	}
	return history_add(retrying->history,
		(struct observation){
			.at_us = clock_monotonic_us(),
			.lane = retrying->retry ? message->partition : retrying->lane,
			.key = step.key,
			.sequence = step.sequence,
		});
}

static int read_and_retry(struct retrying *retrying, const char *topic, const char *retry_topic)
{
	struct stage *stage = retrying->stage;
	int r = producer_create(
		&(struct producer_config){
			.bootstrap = stage->bootstrap,
			.options = stage->options.list,
			.topic = retry_topic,
			.partitioner = "murmur2_random",
			.idempotent = true,
		},
		&retrying->retry);

	if (r < 0)
		return r;
	r = readers_each(stage, &(struct part){topic, 0, PLAN_PARTITIONS}, take_or_retry, retrying);
	if (r == 0)
		r = producer_flush(retrying->retry, STAGE_TIMEOUT_MS);
	producer_destroy(retrying->retry);
	retrying->retry = NULL;
	if (r < 0)
		return r;
	retrying->history->focus_us = clock_monotonic_us();
	return readers_each(stage, &(struct part){retry_topic, 0, 1}, take_or_retry, retrying);
}

int case_retry_topic(struct stage *stage, enum variant variant, struct scene *scene)
{
	struct retrying retrying = {
		.stage = stage,
		.history = &scene->history,
		.keeps_rows = variant == VARIANT_KEPT,
	};
	struct sending sending = {0};
	const char *retry_topic;
	int r = stage_topic(stage, "events", PLAN_PARTITIONS, &sending.topic);

	if (r == 0)
		r = stage_topic(stage, "retry", 1, &retry_topic);
	if (r == 0)
		r = stage_send(stage, &sending);
	if (r < 0)
		return r;
	readers_name_lanes(&scene->history, PLAN_PARTITIONS);
	retrying.lane = history_lane(&scene->history, "retry topic");
	return read_and_retry(&retrying, sending.topic, retry_topic);
}

static int hand_to_pool(void *closure, const struct bus_message *message, struct step step)
{
	(void)message;
	pool_add(closure, step);
	return 0;
}

int case_thread_pool(struct stage *stage, enum variant variant, struct scene *scene)
{
	struct sending sending = {0};
	struct pool *pool;
	int r = stage_topic(stage, "events", PLAN_PARTITIONS, &sending.topic);

	if (r == 0)
		r = stage_send(stage, &sending);
	if (r == 0)
		r = pool_create(&stage->plan, variant == VARIANT_KEPT, &pool);
	if (r < 0)
		return r;
	r = readers_each(
		stage, &(struct part){sending.topic, 0, PLAN_PARTITIONS}, hand_to_pool, pool);
	for (int i = 0; i < POOL_THREADS; i++)
		history_lane(&scene->history, "thread %d", i + 1);
	if (r == 0)
		r = pool_run(pool, &scene->history);
	pool_destroy(pool);
	return r;
}
