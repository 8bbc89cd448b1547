#include "assignment.h"

#include <base/fault.h>
#include <stdlib.h>
#include <string.h>

int assignment_add(struct assignment *assignment, const char *topic, int32_t partition)
{
	char *copy;

	if (assignment->count == ASSIGNMENT_MAX)
		return fault(
			FAULT_LIMIT, "more than %d partitions for one consumer", ASSIGNMENT_MAX);
	copy = strdup(topic);
	if (copy == NULL)
		return fault(FAULT_SYSTEM, "no memory");
	assignment->partitions[assignment->count++] = (struct assigned){
		.topic = copy, .partition = partition, .delivered = -1, .finished = -1, .end = -1};
	return 0;
}

void assignment_clear(struct assignment *assignment)
{
	for (size_t i = 0; i < assignment->count; i++)
		free(assignment->partitions[i].topic);
	assignment->count = 0;
	assignment->latest = 0;
}

static bool assigned_is(const struct assigned *assigned, const char *topic, int32_t partition)
{
	return assigned->partition == partition && strcmp(assigned->topic, topic) == 0;
}

struct assigned *assignment_find(
	struct assignment *assignment, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < assignment->count; i++) {
		size_t at = (assignment->latest + i) % assignment->count;

		if (assigned_is(&assignment->partitions[at], topic, partition)) {
			assignment->latest = at;
			return &assignment->partitions[at];
		}
	}
	return NULL;
}

void assigned_deliver(struct assigned *assigned, int64_t offset)
{
	assigned->delivered = offset + 1;
	assigned->end = -1;
}

int64_t assigned_finish(struct assigned *assigned, int64_t offset)
{
	if (assigned->finished < offset)
		assigned->finished = offset;
	if (assigned->finished >= assigned->delivered && assigned->end > assigned->finished)
		assigned->finished = assigned->end;
	return assigned->finished;
}

int64_t assigned_reach_end(struct assigned *assigned, int64_t end)
{
	assigned->end = end;
	if (assigned->finished < assigned->delivered)
		return -1;
	return assigned_finish(assigned, end);
}
