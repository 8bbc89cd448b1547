/*
 * S8: every row of an outbox is in its topic exactly once, and nothing is there that is
 * not in the outbox. Inventory's and analytics' stored answers are their outbox.
 */
#include "checks.h"

#include <base/clock.h>
#include <inttypes.h>
#include <string.h>

/* A day less than topics keep messages (7 days) and services their rows (30 days). */
#define MESSAGES_KEPT_S (INT64_C(6) * 86400)
#define ROWS_KEPT_S (INT64_C(29) * 86400)

void feed_record(struct facts *facts, struct report *report, enum service owner,
	const struct uuid *id, const char *topic_name, int64_t at_us)
{
	enum topic topic = topic_of(topic_name, strlen(topic_name));
	struct event_fact *event;
	char text[UUID_TEXT_SIZE];

	report_looked_at(report, S8, 1);
	if (topic == TOPICS || topic_owners[topic] != owner) {
		report_violation(report, S8, NULL, "%s has row %s for topic '%s', which is not its",
			service_names[owner], uuid_format(id, text), topic_name);
		return;
	}
	event = facts_event(facts, id);
	if (event->rows < UINT8_MAX)
		event->rows++;
	if (event->seen == 0) {
		event->topic = (uint8_t)topic;
		event->at_s = (uint32_t)(at_us / US_PER_S);
		event->offset = -1;
		return;
	}
	if (event->topic != topic)
		report_violation(report, S8,
			&(struct where){.topic = topic_names[event->topic],
				.partition = event->partition,
				.offset = event->offset},
			"event %s belongs into %s", uuid_format(id, text), topic_name);
}

int64_t records_missing(const struct facts *facts, enum service owner)
{
	int64_t missing = 0;

	for (size_t i = 0; i < facts->events_count; i++) {
		const struct event_fact *event = &facts->events[i];

		missing +=
			event->rows > 0 && event->seen == 0 && topic_owners[event->topic] == owner;
	}
	return missing;
}

/* Whether the topic has dropped messages, and would have dropped one of that age. */
static bool is_expired(const struct facts *facts, const struct event_fact *event)
{
	bool dropped = false;

	for (int p = 0; p < facts->partitions[event->topic]; p++)
		dropped |= facts->starts[event->topic][p] > 0;
	return dropped && facts->now_us / US_PER_S - event->at_s > MESSAGES_KEPT_S;
}

struct excused {
	int64_t messages, rows, dead;
};

static void check_event(const struct facts *facts, struct report *report,
	const struct event_fact *event, struct excused *excused)
{
	struct where where = {.topic = topic_names[event->topic],
		.partition = event->seen > 0 ? event->partition : -1,
		.offset = event->offset};
	const char *owner = service_names[topic_owners[event->topic]];
	const char *table = service_records[topic_owners[event->topic]];
	char id[UUID_TEXT_SIZE];

	if (event->order != NO_ORDER)
		where.order = facts->orders[event->order].id;
	uuid_format(&event->id, id);
	if (event->seen > 1)
		report_violation(report, S8, &where, "event %s is there %d times", id, event->seen);
	if (event->rows > 1)
		report_violation(report, S8, &where, "%s.%s has event %s %d times", owner, table,
			id, event->rows);
	if (event->rows > 0 && event->seen == 0) {
		if (is_expired(facts, event))
			excused->rows++;
		else
			report_missing(report, S8, &where, "event %s of %s.%s is not there", id,
				owner, table);
	}
	if (event->rows == 0 && event->seen > 0) {
		if (event->dead)
			excused->dead++;
		else if (facts->now_us / US_PER_S - event->at_s > ROWS_KEPT_S)
			excused->messages++;
		else
			report_missing(report, S8, &where, "event %s is there, and not in %s.%s",
				id, owner, table);
	}
}

/* Without an id it is nobody's, unless somebody refused it. */
static void check_strange(struct facts *facts, struct report *report, struct excused *excused)
{
	for (size_t i = 0; i < facts->strange.count; i++) {
		const struct place *place = &facts->strange.list[i];

		if (places_find(&facts->dead, place->topic, place->partition, place->offset))
			excused->dead++;
		else
			report_missing(report, S8,
				&(struct where){.topic = topic_names[place->topic],
					.partition = place->partition,
					.offset = place->offset},
				"a message without an event id, and nobody's dead letter");
	}
}

void check_outboxes(struct facts *facts, struct report *report)
{
	struct excused excused = {0};

	for (size_t i = 0; i < facts->events_count; i++)
		check_event(facts, report, &facts->events[i], &excused);
	check_strange(facts, report, &excused);
	if (excused.dead > 0)
		report_note(report, S8,
			"%" PRId64 " messages of nobody's outbox are dead letters, see S9",
			excused.dead);
	if (excused.rows > 0)
		report_note(report, S8, "%" PRId64 " rows are older than what topics keep",
			excused.rows);
	if (excused.messages > 0)
		report_note(report, S8, "%" PRId64 " messages are older than the rows kept",
			excused.messages);
}
