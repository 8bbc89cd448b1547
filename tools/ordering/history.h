/*
 * What was seen to take effect, in the order in which it did: the evidence of a case.
 *
 * A history may be added to by several threads; reading it is for when they have ended.
 */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_LANES_MAX 8
#define HISTORY_LANE_SIZE 16
#define HISTORY_MAX 200000

/* What the checker found about one observation. */
enum mark {
	MARK_FINE,
	MARK_LATE,  /* older than what took effect before, and never seen: out of order */
	MARK_AGAIN, /* seen before: a redelivery, which the guarantee allows */
	MARK_STALE, /* by an owner after its successor had written the key */
};

struct observation {
	int64_t at_us; /* monotonic, or a place in a log; only compared */
	int lane;
	int key;      /* from 0 */
	int sequence; /* from 1 */
	int owner;    /* who wrote it, numbered as they took over; 0: is not judged */
	enum mark mark;
};

struct history {
	pthread_mutex_t mutex;
	struct observation *seen;
	size_t count, capacity;
	char lanes[HISTORY_LANES_MAX][HISTORY_LANE_SIZE]; /* their names */
	int lane_count;
	int64_t focus_us; /* where something was done to it, worth a look; 0: nowhere */
};

void history_init(struct history *history);
void history_finish(struct history *history);

/* 0, or FAULT_LIMIT beyond HISTORY_MAX. From any thread. */
int history_add(struct history *history, struct observation observation);
/* Names the next lane, cut to HISTORY_LANE_SIZE - 1; returns its number. */
int history_lane(struct history *history, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* By time; what has the same time stays as it came. */
void history_sort(struct history *history);
