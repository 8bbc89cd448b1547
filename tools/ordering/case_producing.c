/*
 * Order lost on the way in: no key, more partitions, another partitioner, retries.
 */
#include "cases.h"
#include "readers.h"

#include <base/clock.h>
#include <base/fault.h>

/* The consumer of partition 0 is behind: it begins when the others are at their ends. */
static int read_with_one_behind(
	struct stage *stage, const char *topic, int partitions, struct history *history)
{
	int r;

	readers_name_lanes(history, partitions);
	r = readers_parallel(stage, &(struct part){topic, 1, partitions}, history, 0);
	return r < 0 ? r : readers_parallel(stage, &(struct part){topic, 0, 1}, history, 0);
}

int case_no_key(struct stage *stage, enum variant variant, struct scene *scene)
{
	struct sending sending = {.keyless = variant == VARIANT_BROKEN};
	int r = stage_topic(stage, "events", PLAN_PARTITIONS, &sending.topic);

	if (r == 0)
		r = stage_send(stage, &sending);
	return r < 0 ? r
		     : read_with_one_behind(stage, sending.topic, PLAN_PARTITIONS, &scene->history);
}

int case_other_partitioner(struct stage *stage, enum variant variant, struct scene *scene)
{
	int half = stage->plan.messages / 2 + 1;
	struct sending first = {.from = 1, .until = half};
	struct sending second = {.from = half, .until = stage->plan.messages + 1};
	int r = stage_topic(stage, "events", PLAN_PARTITIONS, &first.topic);

	second.topic = first.topic;
	if (variant == VARIANT_BROKEN)
		second.partitioner = "consistent_random";
	if (r == 0)
		r = stage_send(stage, &first);
	if (r == 0)
		r = stage_send(stage, &second);
	return r < 0 ? r
		     : read_with_one_behind(stage, first.topic, PLAN_PARTITIONS, &scene->history);
}

/* New partitions are new consumers, with nothing to catch up on. */
static int grow_and_read(
	struct stage *stage, const char *topic, const struct sending *rest, struct history *history)
{
	int r = stage_grow(stage, topic, PLAN_PARTITIONS_GROWN);

	readers_name_lanes(history, PLAN_PARTITIONS_GROWN);
	if (r == 0)
		r = stage_send(stage, rest);
	if (r == 0)
		r = readers_parallel(stage,
			&(struct part){topic, PLAN_PARTITIONS, PLAN_PARTITIONS_GROWN}, history, 0);
	if (r == 0)
		r = readers_parallel(stage, &(struct part){topic, 0, PLAN_PARTITIONS}, history, 0);
	return r;
}

static int move_and_read(
	struct stage *stage, const char *topic, struct sending *rest, struct history *history)
{
	int r = stage_topic(stage, "events-2", PLAN_PARTITIONS_GROWN, &rest->topic);

	readers_name_lanes(history, PLAN_PARTITIONS_GROWN);
	if (r == 0)
		r = stage_send(stage, rest);
	if (r == 0)
		r = readers_parallel(stage, &(struct part){topic, 0, PLAN_PARTITIONS}, history, 0);
	history->focus_us = clock_monotonic_us();
	if (r == 0)
		r = readers_parallel(
			stage, &(struct part){rest->topic, 0, PLAN_PARTITIONS_GROWN}, history, 0);
	return r;
}

int case_partitions_added(struct stage *stage, enum variant variant, struct scene *scene)
{
	int half = stage->plan.messages / 2 + 1;
	struct sending first = {.from = 1, .until = half};
	struct sending rest = {.from = half, .until = stage->plan.messages + 1};
	int r = stage_topic(stage, "events", PLAN_PARTITIONS, &first.topic);

	rest.topic = first.topic;
	if (r == 0)
		r = stage_send(stage, &first);
	if (r < 0)
		return r;
	return variant == VARIANT_BROKEN
		? grow_and_read(stage, first.topic, &rest, &scene->history)
		: move_and_read(stage, first.topic, &rest, &scene->history);
}

/* Numbers from @from to @until - 1 of every key, in turn. */
static int send_in_turn(struct stage *stage, struct producer *producer, int from, int until)
{
	char text[PLAN_TEXT_SIZE];
	int r = 0;

	for (int sequence = from; sequence < until; sequence++) {
		for (int key = 0; r == 0 && key < stage->plan.keys; key++)
			r = producer_send(producer, stage->plan.names[key],
				plan_text((struct step){key, sequence}, text), 0);
	}
	return r == 0 ? producer_flush(producer, STAGE_TIMEOUT_MS) : r;
}

/*
 * The first round makes the producer known to the broker. Of the second, one request is
 * lost, and by the time the connection closes two later rounds have been answered.
 */
static int send_through(struct stage *stage, struct producer *producer, struct proxy *proxy)
{
	int r = send_in_turn(stage, producer, 1, 2);

	proxy_arm(proxy, 2 * stage->plan.keys);
	if (r == 0)
		r = send_in_turn(stage, producer, 2, stage->plan.messages + 1);
	if (r == 0 && !proxy_has_struck(proxy))
		r = fault(FAULT_STATE,
			"no Produce request was seen on the wire: is this broker's listener in "
			"clear?");
	return r;
}

int case_producer_retries(struct stage *stage, enum variant variant, struct scene *scene)
{
	struct producer_config config = {
		.bootstrap = stage->bootstrap,
		.options = stage->options.list,
		.partitioner = "murmur2_random",
		.idempotent = variant == VARIANT_KEPT,
		.singly = true,
	};
	struct producer *producer = NULL;
	int r = proxy_create(&config.proxy);

	if (r < 0)
		return r;
	/* One partition: what overtakes is behind it on the same road. */
	r = stage_topic(stage, "events", 1, &config.topic);
	if (r == 0)
		r = producer_create(&config, &producer);
	if (r == 0)
		r = send_through(stage, producer, config.proxy);
	producer_destroy(producer);
	proxy_destroy(config.proxy);
	if (r < 0)
		return r;
	readers_name_lanes(&scene->history, 1);
	return readers_parallel(stage, &(struct part){config.topic, 0, 1}, &scene->history, 0);
}
