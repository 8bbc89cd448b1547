#include "stage.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/uuid.h>
#include <bus/admin.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PING_TIMEOUT_MS 5000
#define RETENTION_MS (60 * 60 * 1000)
#define PAUSE_NS (20 * 1000 * 1000)

volatile sig_atomic_t stage_interrupted;

int stage_check(void)
{
	return stage_interrupted ? fault(FAULT_STATE, "interrupted: the rest was not run") : 0;
}

static struct clients_admin admin_of(const struct stage *stage)
{
	return (struct clients_admin){stage->bootstrap, stage->options.list, STAGE_TIMEOUT_MS};
}

int stage_open(struct stage *stage, const char *bootstrap)
{
	struct uuid run = uuid_make(clock_now_us());
	int r = bus_options_init(&stage->options, &bus_access);

	if (r < 0)
		return r;
	stage->bootstrap = bootstrap;
	stage->arena = arena_create(0);
	/* The last bytes of a UUIDv7 are random. */
	snprintf(stage->run, sizeof(stage->run), "%02x%02x%02x%02x", run.bytes[12], run.bytes[13],
		run.bytes[14], run.bytes[15]);
	r = bus_ping(bootstrap, stage->options.list, PING_TIMEOUT_MS);
	if (r < 0)
		return r;
	return bus_cluster_create(
		&(struct bus_cluster_config){
			.bootstrap = bootstrap,
			.client_id = "ordering",
			.options = stage->options.list,
			.timeout_ms = STAGE_TIMEOUT_MS,
		},
		&stage->cluster);
}

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
}

/* How many of our topics the broker still knows. */
static int count_left(struct stage *stage, size_t *ret_left)
{
	struct bus_topic_size *topics;
	size_t count, left = 0;
	int r = bus_cluster_topics(stage->cluster, stage->arena, &topics, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		for (size_t ours = 0; ours < stage->topic_count; ours++)
			left += strcmp(topics[i].name, stage->topics[ours]) == 0;
	}
	if (r == 0)
		*ret_left = left;
	return r;
}

static int delete_all(struct stage *stage)
{
	int64_t until_us = clock_monotonic_us() + STAGE_TIMEOUT_MS * US_PER_MS;
	struct clients_admin admin = admin_of(stage);
	size_t left = stage->topic_count;
	int r = clients_delete(
		&admin, stage->topics, stage->topic_count, stage->groups, stage->group_count);

	while (r == 0) {
		r = count_left(stage, &left);
		if (r < 0 || left == 0)
			break;
		if (clock_monotonic_us() > until_us)
			return fault(FAULT_BUS, "%zu topics ordering.%s.… are still there", left,
				stage->run);
		pause_briefly();
	}
	return r;
}

int stage_close(struct stage *stage)
{
	int r = 0;

	if (stage->topic_count > 0)
		r = delete_all(stage);
	bus_cluster_destroy(stage->cluster);
	arena_destroy(stage->arena);
	bus_options_finish(&stage->options);
	return r;
}

int stage_topic(struct stage *stage, const char *part, int partitions, const char **ret_name)
{
	const char *name =
		arena_format(stage->arena, "ordering.%s.%s.%s", stage->run, stage->scene, part);
	struct bus_topic topics[] = {{name, partitions, 1, RETENTION_MS}, {0}};
	int created;
	int r = stage_check();

	if (r < 0)
		return r;
	if (stage->topic_count == STAGE_TOPICS_MAX)
		return fault(FAULT_LIMIT, "more than %d topics", STAGE_TOPICS_MAX);
	stage->topics[stage->topic_count++] = name;
	r = bus_topics_ensure(
		stage->bootstrap, stage->options.list, topics, STAGE_TIMEOUT_MS, &created);
	if (r == 0)
		*ret_name = name;
	return r;
}

int stage_group(struct stage *stage, const char **ret_name)
{
	if (stage->group_count == STAGE_TOPICS_MAX)
		return fault(FAULT_LIMIT, "more than %d groups", STAGE_TOPICS_MAX);
	*ret_name = stage->groups[stage->group_count++] =
		arena_format(stage->arena, "ordering.%s.%s", stage->run, stage->scene);
	return 0;
}

int stage_grow(struct stage *stage, const char *topic, int partitions)
{
	int64_t until_us = clock_monotonic_us() + STAGE_TIMEOUT_MS * US_PER_MS;
	struct bus_topic topics[] = {{topic, partitions, 1, RETENTION_MS}, {0}};
	struct bus_topic_report report = {0};
	struct clients_admin admin = admin_of(stage);
	int r = clients_grow(&admin, topic, partitions);

	while (r == 0 && report.partitions != partitions) {
		r = bus_topics_inspect(
			stage->bootstrap, stage->options.list, topics, STAGE_TIMEOUT_MS, &report);
		if (r == 0 && clock_monotonic_us() > until_us)
			return fault(FAULT_BUS, "topic %s has %d partitions and not %d", topic,
				report.partitions, partitions);
		if (r == 0 && report.partitions != partitions)
			pause_briefly();
	}
	return r;
}

static bool is_sent(const struct sending *sending, struct step step)
{
	return sending->until == 0 ||
		(step.sequence >= sending->from && step.sequence < sending->until);
}

int stage_send(struct stage *stage, const struct sending *sending)
{
	const struct plan *plan = &stage->plan;
	struct producer *producer;
	char text[PLAN_TEXT_SIZE];
	int r = producer_create(
		&(struct producer_config){
			.bootstrap = stage->bootstrap,
			.options = stage->options.list,
			.topic = sending->topic,
			.partitioner =
				sending->partitioner ? sending->partitioner : "murmur2_random",
			.idempotent = true,
		},
		&producer);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < plan->count; i++) {
		struct step step = plan->steps[i];

		if (is_sent(sending, step))
			r = producer_send(producer, sending->keyless ? NULL : plan->names[step.key],
				plan_text(step, text), 0);
	}
	if (r == 0)
		r = producer_flush(producer, STAGE_TIMEOUT_MS);
	producer_destroy(producer);
	return r;
}
