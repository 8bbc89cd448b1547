/*
 * Puts dead letters back, one after the other, each with what waits behind it: one
 * transaction of the service's database around one Kafka transaction. See README.md
 * for what an end at each point leaves behind.
 */
#pragma once

#include "dlq_desk.h"

struct redrive;

/* Positive outcomes of redrive_next(). */
enum {
	REDRIVE_DONE = 1, /* no entry of the plan is due any more */
	REDRIVE_AGAIN,    /* it is not known, or not done, what was begun: collect, then go on */
};

/*
 * Fences any other redrive of the group, so that what is collected from then on stays
 * true. The topics are those of the desk's plan: FAULT_BUS_CONFIG when one is not there.
 */
int redrive_create(struct dlq_desk *desk, const char *by, struct redrive **ret_redrive);
void redrive_destroy(struct redrive *redrive);

/*
 * The next entry that is due: 0 with it FINISHED or HELD, an outcome, or a fault; the
 * words of one after the publication say that the key is not released yet.
 */
int redrive_next(struct redrive *redrive);
/* Serves the client for that long. */
int redrive_wait(struct redrive *redrive, int timeout_ms);
