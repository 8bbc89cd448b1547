#include "housekeeping.h"

#include "measure.h"

#include <assert.h>
#include <base/clock.h>
#include <base/log.h>

#define EVERY_US (3600 * US_PER_S)
#define AFTER_FAULT_US (60 * US_PER_S)
#define COUNT_EVERY_US (10 * US_PER_S)
#define DAYS_AHEAD 7

static void add(struct housekeeping *housekeeping, const char *statement, int days)
{
	assert(housekeeping->count < CHORES_MAX);
	housekeeping->chores[housekeeping->count++] = (struct chore){statement, days};
}

void housekeeping_init(struct housekeeping *housekeeping, struct arena *arena,
	const struct housekeeping_config *config)
{
	assert(config->inbox_days > 0 && config->outbox_days > 0);
	*housekeeping = (struct housekeeping){.arena = arena};
	add(housekeeping, "outbox_ensure_partitions", DAYS_AHEAD);
	add(housekeeping, "outbox_drop_partitions", config->outbox_days);
	add(housekeeping, "inbox_forget", config->inbox_days);
	if (config->answers)
		add(housekeeping, "answer_forget", config->inbox_days);
	for (size_t i = 0; config->sweep && config->sweep[i]; i++)
		add(housekeeping, config->sweep[i], 0);
}

/* What the statement answers is how much it did: 0 when there is no more to do. */
static int run(struct housekeeping *housekeeping, struct store *store, int64_t *ret_done)
{
	const struct chore *chore = &housekeeping->chores[housekeeping->next];
	struct store_params *params = store_params_create(housekeeping->arena);
	struct store_result *rows = NULL;
	int r = store_ready(store);

	if (r < 0)
		return r;
	if (chore->days)
		store_add_int(params, chore->days);
	store_queue(store, chore->statement, params);
	r = store_run(store, &rows, 1);
	if (r == 0)
		*ret_done = store_get_long(rows, 0, 0);
	store_results_free(&rows, 1);
	return r;
}

static int count(struct store *store)
{
	struct store_result *rows = NULL;
	int r = store_ready(store);

	if (r < 0)
		return r;
	store_queue(store, "parked_count", NULL);
	r = store_run(store, &rows, 1);
	if (r == 0)
		measure_parked(store_get_long(rows, 0, 0), store_get_long(rows, 0, 1));
	store_results_free(&rows, 1);
	return r;
}

static int step(struct housekeeping *housekeeping, struct store *store, int64_t now_us)
{
	int64_t done = 0;
	int r;

	if (now_us >= housekeeping->counted_us) {
		housekeeping->counted_us = now_us + COUNT_EVERY_US;
		return count(store);
	}
	if (now_us < housekeeping->due_us)
		return 0;
	r = run(housekeeping, store, &done);
	if (r < 0 || done > 0)
		return r;
	if (++housekeeping->next == housekeeping->count) {
		housekeeping->next = 0;
		housekeeping->due_us = now_us + EVERY_US;
	}
	return 0;
}

void housekeeping_step(struct housekeeping *housekeeping, struct store *store)
{
	int64_t now_us = clock_monotonic_us();
	int r;

	arena_reset(housekeeping->arena);
	r = step(housekeeping, store, now_us);
	if (r == 0)
		return;
	store_rollback(store);
	housekeeping->due_us = housekeeping->counted_us = now_us + AFTER_FAULT_US;
	log_fault(LOG_WARNING, r, "housekeeping is put off");
}

void housekeeping_recount(struct housekeeping *housekeeping)
{
	housekeeping->counted_us = 0;
}
