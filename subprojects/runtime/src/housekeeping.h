/*
 * What a service's database needs from time to time: days of the outbox to come,
 * old days dropped, old rows of the inbox forgotten, and what the service itself
 * wants swept. In steps of one short statement between two batches, so that no
 * message waits for it.
 */
#pragma once

#include <base/arena.h>
#include <store/store.h>

#define CHORES_MAX 12

struct housekeeping_config {
	int inbox_days, outbox_days;
	bool answers;             /* the database has stored answers (PUBLISH_TRANSACTION) */
	const char *const *sweep; /* service.sweep; may be NULL */
};

struct chore {
	const char *statement;
	int days; /* its parameter; 0: it has none */
};

struct housekeeping {
	struct arena *arena; /* reset with each step */
	struct chore chores[CHORES_MAX];
	size_t count, next;
	int64_t due_us, counted_us; /* monotonic */
};

void housekeeping_init(struct housekeeping *housekeeping, struct arena *arena,
	const struct housekeeping_config *config);

/* One statement or none. A fault puts the rest off for a minute and is logged. */
void housekeeping_step(struct housekeeping *housekeeping, struct store *store);
/* A batch changed what is parked: count again soon. */
void housekeeping_recount(struct housekeeping *housekeeping);
