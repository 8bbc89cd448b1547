/*
 * What the tests of the checks share: facts and a report, and short ways to fill them.
 */
#pragma once

#include "checks.h"

#include <testkit/testkit.h>

struct desk {
	struct facts facts;
	struct report report;
	struct promises promises;
};

/* A fresh one, of ten days after 1970 and quiet. */
struct desk *desk_make(void);
/* Id number @n: orders and events alike. */
struct uuid desk_id(int n);

/* An order row of that status and total; step and version go with it. */
void desk_order(struct desk *desk, int n, const char *status, money_t total);
/* Event @n about order @order at that place; sequence 0: none. */
void desk_message(
	struct desk *desk, int n, int order, enum topic topic, int64_t offset, int64_t sequence);
/* A row for event @n in the table of whoever owns the topic. */
void desk_record(struct desk *desk, int n, enum topic topic);

/* The verdict of one invariant, and the words of its first example. */
#define expect_verdict(desk, invariant, verdict) \
	expect_text(verdict_name(report_verdict(&(desk)->report, invariant)), verdict_name(verdict))
#define expect_words(desk, invariant, want) \
	expect_text((desk)->report.results[invariant].examples[0].words, want)
