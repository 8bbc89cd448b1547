/*
 * Judges a history: was the order of every key kept? Pure.
 *
 * Numbers of a key rise by one from 1, or (@messages 0) only rise, as on a topic
 * that carries some of an order's events. The guarantee is about order: what comes
 * again is counted and allowed, and the consumer's own memory of ids deals with it.
 */
#pragma once

#include "history.h"

struct checker_rule {
	int keys;
	int messages; /* of each key; 0: the numbers need only rise, and any may be left out */
};

struct counts {
	int64_t messages; /* observed */
	int64_t keys;     /* that were seen */
	int64_t late;
	int64_t again;
	int64_t stale;
	int64_t lost; /* never observed */
};

/*
 * Marks every observation of @history. 0, or FAULT_INPUT for a key or number that the
 * rule does not know, FAULT_SYSTEM.
 */
int checker_judge(
	struct history *history, const struct checker_rule *rule, struct counts *ret_counts);

/* Observations that break the order, and messages that never came. */
int64_t counts_violations(const struct counts *counts);
