#include "published.h"

#include <base/fault.h>
#include <stdio.h>
#include <string.h>

#define READ_TIMEOUT_MS 5000

void published_init(struct published *published, const struct handler *handler)
{
	*published = (struct published){.handler = handler};
	snprintf(published->group, sizeof(published->group), "%s.published", handler->group);
}

void published_forget(struct published *published)
{
	published->count = 0;
}

static struct bus_position *find(
	const struct published *published, const struct bus_message *message)
{
	for (size_t i = 0; i < published->count; i++) {
		const struct bus_position *position = &published->positions[i];

		if (position->partition == message->partition &&
			strcmp(position->topic, message->topic) == 0)
			return (struct bus_position *)position;
	}
	return NULL;
}

/* The handler's own text of a topic: a message's lives as long as the message. */
static const char *topic_of(const struct published *published, const struct bus_message *message)
{
	const char *const *topic = published->handler->topics;

	while (strcmp(*topic, message->topic) != 0)
		topic++;
	return *topic;
}

int published_read(struct published *published, const struct bus_transactor_config *config,
	const struct bus_consumer *consumer, const struct bus_batch *batch)
{
	size_t known;
	int r = 0;

	/* Another member may have gone on where we were. */
	if (published->assignments != bus_consumer_assignments(consumer))
		published_forget(published);
	published->assignments = bus_consumer_assignments(consumer);
	known = published->count;
	for (size_t i = 0; i < batch->count; i++) {
		if (find(published, &batch->messages[i]))
			continue;
		if (published->count == PUBLISHED_PARTITIONS_MAX) {
			published->count = known;
			return fault(FAULT_LIMIT, "more than %d partitions assigned",
				PUBLISHED_PARTITIONS_MAX);
		}
		published->positions[published->count++] =
			(struct bus_position){.topic = topic_of(published, &batch->messages[i]),
				.partition = batch->messages[i].partition};
	}
	if (published->count > known)
		r = bus_positions_read(config, published->group, READ_TIMEOUT_MS,
			&published->positions[known], published->count - known);
	if (r < 0)
		published->count = known;
	return r;
}

bool published_has(const struct published *published, const struct bus_message *message)
{
	const struct bus_position *position = find(published, message);

	return position && position->offset > message->offset;
}

int published_send(struct published *published, struct bus_transactor *transactor,
	const struct bus_batch *batch)
{
	struct bus_position moved[PUBLISHED_PARTITIONS_MAX];
	bool has_moved[PUBLISHED_PARTITIONS_MAX] = {false};
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct bus_position *position = find(published, &batch->messages[i]);

		if (position->offset > batch->messages[i].offset)
			continue;
		position->offset = batch->messages[i].offset + 1;
		has_moved[position - published->positions] = true;
	}
	/* Each is a record that a broker reads when it starts. */
	for (size_t i = 0; i < published->count; i++) {
		if (has_moved[i])
			moved[count++] = published->positions[i];
	}
	if (count == 0)
		return 0;
	return bus_txn_positions(transactor, published->group, moved, count);
}
