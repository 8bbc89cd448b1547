#include "test_desk.h"

#include <base/clock.h>
#include <string.h>

#define NOW_US (INT64_C(10) * 86400 * US_PER_S)

struct desk *desk_make(void)
{
	static struct desk desk;
	static bool made;

	/* A test may make several, one after the other. */
	if (made) {
		facts_finish(&desk.facts);
		promises_finish(&desk.promises);
	}
	made = true;
	memset(&desk, 0, sizeof(desk));
	facts_init(&desk.facts);
	desk.facts.now_us = NOW_US;
	report_init(&desk.report, (1U << INVARIANTS) - 1);
	for (int t = 0; t < TOPICS; t++) {
		desk.facts.partitions[t] = 2;
		desk.facts.ends[t][0] = desk.facts.ends[t][1] = 1000;
	}
	return &desk;
}

struct uuid desk_id(int n)
{
	struct uuid id = {.bytes = {1}};

	id.bytes[14] = (uint8_t)(n >> 8);
	id.bytes[15] = (uint8_t)n;
	return id;
}

void desk_order(struct desk *desk, int n, const char *status, money_t total)
{
	bool ended = strcmp(status, "Completed") == 0 || strcmp(status, "Cancelled") == 0;
	const struct order_row row = {
		.id = desk_id(n),
		.total = total,
		.status = status,
		.step = !ended                        ? "awaiting_payment"
			: strcmp(status, "Completed") ? "cancelled"
						      : "completed",
		.version = 1,
		.created_us = NOW_US - US_PER_S,
	};

	feed_order(&desk->facts, &desk->report, &row);
}

void desk_message(
	struct desk *desk, int n, int order, enum topic topic, int64_t offset, int64_t sequence)
{
	const struct message message = {
		.topic = topic,
		.offset = offset,
		.timestamp_ms = NOW_US / US_PER_MS,
		.has_id = true,
		.id = desk_id(n),
		.has_order = true,
		.order = desk_id(order),
		.sequence = sequence,
	};

	feed_message(&desk->facts, &desk->report, &message);
}

void desk_record(struct desk *desk, int n, enum topic topic)
{
	const struct uuid id = desk_id(n);

	feed_record(
		&desk->facts, &desk->report, topic_owners[topic], &id, topic_names[topic], NOW_US);
}
