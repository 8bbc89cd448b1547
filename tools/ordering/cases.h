/*
 * The cases: the guarantee, and each way to lose it, in the order in which they are shown.
 *
 * A case that breaks is played twice on topics of its own: as it goes wrong, and with the
 * one thing changed that keeps the order. What took effect is in the scene's history.
 */
#pragma once

#include "checker.h"
#include "stage.h"

enum variant { VARIANT_BROKEN = 1, VARIANT_KEPT };

struct scene {
	struct history history;
	struct checker_rule rule; /* the plan's, unless the case knows better */
};

struct lab_case {
	const char *name;
	const char *line;   /* what it is about */
	const char *broken; /* how it is played to break; NULL: it must hold, and is played once */
	const char *kept;   /* how it is played to hold */
	const char *why;    /* two sentences */
	const char *here;   /* how the lab keeps it, and where to look */
	bool reads_wire;    /* sees what a client sends, which TLS would hide */
	/* 0 with the history, or a fault. */
	int (*run)(struct stage *stage, enum variant variant, struct scene *scene);
};

extern const struct lab_case CASES[];
extern const size_t CASE_COUNT;

/* NULL when there is none of that name. */
const struct lab_case *case_find(const char *name);

int case_holds(struct stage *stage, enum variant variant, struct scene *scene);
int case_order_events(struct stage *stage, enum variant variant, struct scene *scene);
int case_no_key(struct stage *stage, enum variant variant, struct scene *scene);
int case_partitions_added(struct stage *stage, enum variant variant, struct scene *scene);
int case_other_partitioner(struct stage *stage, enum variant variant, struct scene *scene);
int case_retry_topic(struct stage *stage, enum variant variant, struct scene *scene);
int case_thread_pool(struct stage *stage, enum variant variant, struct scene *scene);
int case_producer_retries(struct stage *stage, enum variant variant, struct scene *scene);
int case_zombie(struct stage *stage, enum variant variant, struct scene *scene);
