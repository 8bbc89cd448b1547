/*
 * The answers to a step of a lane that failed. Each leaves the lane in the state that
 * goes with its result: BUS_ABORTED, BUS_RECREATED, or a fault.
 */
#pragma once

#include "lane.h"

struct rd_kafka_error_s;

void lane_move(struct lane *lane, enum txn_event event);

/* By when a step must have succeeded: the transaction lasts no longer. */
int64_t lane_patience_us(const struct lane *lane);
/* Milliseconds left, at least 1: 0 would mean "do not wait" and -1 "for ever". */
int lane_left_ms(int64_t until_us);

/* Another holds the id. FAULT_STATE, for good. */
int lane_oust(struct lane *lane);
/* Aborts; @why is what led to it. */
int lane_undo(struct lane *lane, const char *why);
/* The step failed with @error, which is destroyed. */
int lane_answer(struct lane *lane, struct rd_kafka_error_s *error);
/* The producer can do no more; it says itself why. */
int lane_answer_fatal(struct lane *lane);
/* Some messages will never arrive. */
int lane_undo_failed(struct lane *lane);
