/*
 * replay order: where the messages of one order stand, as a plan.
 */
#pragma once

#include "collect.h"
#include "survey.h"

struct order_search {
	const char *id; /* the key, in lower case */
	struct survey_event *events;
	size_t count;
};

/*
 * Reads the partitions that the order's key leads to, of the topics selected. The plan has
 * those that hold a message of it. What the group has not read yet is left as it is.
 * FAULT_USAGE when there is no message of the order.
 */
int order_plan(struct bus_cluster *cluster, const struct survey_source *source, const char *group,
	const struct selection *selection, const struct collection *collection, struct arena *arena,
	struct order_search *search, struct plan *ret_plan);
