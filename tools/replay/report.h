/*
 * The plan, and what became of it, as a table for people and as JSON. Pure.
 */
#pragma once

#include "groups.h"
#include "plan.h"
#include "survey.h"

#include <base/buffer.h>
#include <bus/cluster.h>

enum report_outcome { REPORT_DRY_RUN = 1, REPORT_MOVED, REPORT_PARTLY, REPORT_NOTHING_TO_DO };

struct report {
	const char *group;
	const struct selection *selection;
	const struct plan *plan;
	const struct bus_group *members;
	const struct group_description *description; /* NULL: nothing is known of the group */
	int64_t keys;                                /* -1: not counted */
	const char *order;                           /* of replay order; else NULL */
	const struct survey_event *events;
	size_t event_count;
	enum report_outcome outcome;
	const char *undo, *export; /* files that were written; NULL: none */
	bool color;
};

void report_table(const struct report *report, struct buffer *out);
void report_json(const struct report *report, struct buffer *out);

/* "2 members: payment (127.0.0.1), payment-2 (127.0.0.1)" */
void report_members(const struct bus_group *group, struct buffer *out);
/* "2026-01-31T10:00:00.000000Z (2026-01-31 11:00:00 +0100 here)" */
void report_time(int64_t at_us, struct buffer *out);
