/*
 * The one loop: poll a batch, make it true in one PostgreSQL transaction,
 * publish what only Kafka may, store the offsets.
 *
 * Faults never skip anything: the partitions are paused, the batch stays in
 * hand, the same is tried again after a jittered pause, for ever, while
 * membership is kept up.
 */
#pragma once

#include <bus/consumer.h>
#include <runtime/handler.h>

struct loop;

struct loop_config {
	const struct handler *handler;
	const char *service;
	const char *member; /* group.instance.id and transactional.id; outlives the loop */
	const char *bootstrap;
	const char *const *options;
	const struct store_config *store;
	int inbox_days, outbox_days; /* rows are kept so long */
	const char *const *sweep;    /* as in struct service; may be NULL */
	void *context;               /* for handler->committed */
	bool (*stopping)(void);
};

int loop_create(const struct loop_config *config, struct loop **ret_loop);
void loop_destroy(struct loop *loop);
/* Runs until stopping(), or FAULT_STATE when another process holds its transactional id. */
int loop_run(struct loop *loop);
/* Any thread: 0, or a fault saying what the loop waits for. */
int loop_ready(struct loop *loop);
