/*
 * The partitions a consumer holds, and how far each has come.
 *
 * A partition's place is the offset behind the last message that is finished.
 * Transaction markers take offsets too, so behind the last message the place
 * would stay one short for ever; the end of the partition, once seen, is taken
 * as the place when nothing of the partition is in hand.
 *
 * Pure: no Kafka here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASSIGNMENT_MAX 512

struct assigned {
	char *topic;
	int32_t partition;
	int64_t delivered; /* behind the last message handed out; -1: none yet */
	int64_t finished;  /* behind the last message finished; -1: none yet */
	int64_t end;       /* as the last PARTITION_EOF told; -1: not at the end */
};

struct assignment {
	struct assigned partitions[ASSIGNMENT_MAX];
	size_t count;
	size_t latest; /* where the last search ended: messages come in runs */
};

/* 0, or FAULT_LIMIT. */
int assignment_add(struct assignment *assignment, const char *topic, int32_t partition);
void assignment_clear(struct assignment *assignment);
struct assigned *assignment_find(
	struct assignment *assignment, const char *topic, int32_t partition);

/* A message was handed out. */
void assigned_deliver(struct assigned *assigned, int64_t offset);
/* All below @offset is finished. Answers the place to store. */
int64_t assigned_finish(struct assigned *assigned, int64_t offset);
/* The partition ends at @end. Answers the place to store, or -1 while something is in hand. */
int64_t assigned_reach_end(struct assigned *assigned, int64_t end);
