/*
 * S6: per order, sequences rise in every topic, and what was read is applied in that
 * order. S7: the log has nothing twice, and nobody lost or invented a message of it.
 */
#include "checks.h"

#include <base/clock.h>
#include <inttypes.h>

static struct where at_message(const struct facts *facts, const struct event_fact *event)
{
	struct where where = {.topic = topic_names[event->topic],
		.partition = event->seen > 0 ? event->partition : -1,
		.offset = event->offset};

	if (event->order != NO_ORDER)
		where.order = facts->orders[event->order].id;
	return where;
}

static void feed_sequence(
	struct order_fact *order, struct report *report, const struct message *message)
{
	int32_t *last = &order->sequence[message->topic];

	report_looked_at(report, S6, 1);
	if (message->sequence <= *last)
		report_violation(report, S6,
			&(struct where){order->id, topic_names[message->topic], message->partition,
				message->offset},
			"sequence %" PRId64 " comes after %d", message->sequence, *last);
	if (message->sequence > *last)
		*last = (int32_t)message->sequence;
}

/* False where it was put there again on purpose. */
static bool count_again(struct facts *facts, struct report *report, const struct message *message)
{
	char id[UUID_TEXT_SIZE];

	if (message->redriven) {
		facts->redriven++;
		return false;
	}
	if (facts->replayed >> topic_owners[message->topic] & 1)
		return false;
	report_violation(report, S7,
		&(struct where){message->order, topic_names[message->topic], message->partition,
			message->offset},
		"event %s is in the log twice", uuid_format(&message->id, id));
	return true;
}

/* The message, or NULL when it is a copy that was refused: poison with somebody's id. */
static struct event_fact *take(
	struct facts *facts, struct report *report, const struct message *message)
{
	bool dead =
		places_find(&facts->dead, message->topic, message->partition, message->offset) != 0;
	struct event_fact *event = facts_event(facts, &message->id);

	if (event->seen > 0 && dead)
		return NULL;
	if (event->seen > 0 && !event->dead) {
		if (count_again(facts, report, message) && event->seen < UINT8_MAX)
			event->seen++;
		return NULL;
	}
	event->topic = (uint8_t)message->topic;
	event->partition = (uint16_t)message->partition;
	event->offset = message->offset;
	event->at_s = (uint32_t)(message->timestamp_ms / 1000);
	event->seen = 1;
	event->dead = dead;
	return event;
}

void feed_message(struct facts *facts, struct report *report, const struct message *message)
{
	struct event_fact *event;
	struct order_fact *order = NULL;

	facts->messages++;
	report_looked_at(report, S7, 1);
	if (!message->has_id) {
		places_add(&facts->strange,
			&(struct place){message->offset, (uint16_t)message->partition,
				(uint8_t)message->topic, 0});
		return;
	}
	event = take(facts, report, message);
	if (!event || !message->has_order)
		return;
	order = facts_order(facts, &message->order);
	event->order = facts_order_index(facts, order);
	if (message->sequence > 0 && !event->dead && !message->redriven)
		feed_sequence(order, report, message);
}

void feed_inbox_begin(struct facts *facts)
{
	facts->applied_topic = TOPICS;
}

/* Only within a topic does one message come before another. */
static void begin_topic(struct facts *facts, enum topic topic)
{
	if (facts->applied_topic == topic)
		return;
	facts->applied_topic = topic;
	for (size_t i = 0; i < facts->orders_count; i++)
		facts->orders[i].applied_us = 0;
}

static void feed_unknown(struct facts *facts, struct report *report, enum service service,
	const struct inbox_row *row)
{
	const struct where where = {.topic = topic_names[row->topic],
		.partition = row->partition,
		.offset = row->offset};
	char id[UUID_TEXT_SIZE];

	uuid_format(&row->id, id);
	if (row->offset < facts->starts[row->topic][row->partition])
		return; /* its message is older than what the topic keeps */
	if (row->offset >= facts->ends[row->topic][row->partition])
		report_missing(report, S7, &where, "%s has taken event %s, which came later",
			service_names[service], id);
	else
		report_violation(report, S7, &where,
			"aborted read: %s has taken event %s, which is not in the log",
			service_names[service], id);
}

void feed_inbox(struct facts *facts, struct report *report, enum service service,
	const struct inbox_row *row)
{
	struct event_fact *event;
	struct order_fact *order;

	if (row->topic >= TOPICS || row->partition < 0 || row->partition >= FACTS_PARTITIONS_MAX)
		return;
	report_looked_at(report, S7, 1);
	begin_topic(facts, row->topic);
	event = facts_find_event(facts, &row->id);
	if (!event || event->seen == 0) {
		feed_unknown(facts, report, service, row);
		return;
	}
	event->inboxes |= (uint8_t)(1U << service);
	if (event->order == NO_ORDER || event->offset != row->offset)
		return;
	order = &facts->orders[event->order];
	report_looked_at(report, S6, 1);
	if (row->received_us < order->applied_us) {
		const struct where where = at_message(facts, event);

		report_violation(report, S6, &where,
			"%s has taken it before an earlier one of this order",
			service_names[service]);
	}
	order->applied_us = row->received_us;
}

/* Behind the place that a group has committed, everything has been taken, parked or refused. */
static void check_taken(struct facts *facts, struct report *report, const struct event_fact *event,
	enum service service)
{
	unsigned bit = 1U << service;
	char id[UUID_TEXT_SIZE];

	if (!(service_listens[service] >> event->topic & 1) || (event->inboxes & bit) ||
		event->offset >= facts->committed[service][event->topic][event->partition])
		return;
	if (places_find(&facts->dead, event->topic, event->partition, event->offset) & bit)
		return;
	if (places_find(&facts->parked, event->topic, event->partition, event->offset) & bit)
		return;
	const struct where where = at_message(facts, event);

	report_missing(report, S7, &where, "lost: %s went past event %s and has not taken it",
		service_names[service], uuid_format(&event->id, id));
}

void check_log(struct facts *facts, struct report *report)
{
	for (size_t i = 0; i < facts->events_count; i++) {
		if (facts->events[i].seen == 0)
			continue;
		for (int service = 0; service < SERVICES; service++)
			check_taken(facts, report, &facts->events[i], (enum service)service);
	}
	if (facts->redriven > 0)
		report_note(report, S7, "%" PRId64 " messages were put back from dead letters",
			facts->redriven);
}
