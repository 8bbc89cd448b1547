#include "sweep.h"

#include "batch.h"
#include "measure.h"
#include "service.h"

#include <base/backoff.h>
#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/metrics.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <trace/span.h>

#define WAIT_MAX_US (5 * US_PER_S)
#define RETRY_FIRST_MS 100
#define RETRY_PAUSE_MAX_MS 5000
#define ARENA_MAX (64u << 20)

/* Orders whose deadline is past. */
struct due {
	struct uuid *ids;
	struct trace *traces; /* of each one's latest step a child: the deadline's own */
	size_t count;
};

struct sweeper {
	struct store *store;
	struct arena *arena;
	struct backoff backoff;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
};

#define FIRED "orderlab_deadlines_fired_total"
#define FIRED_HELP "Deadlines of the saga that passed without an answer, by step."

/* clang-format off */
static struct metric fired[ORDER_STEPS] = {
	[ORDER_AWAITING_PAYMENT] = METRIC(METRIC_COUNTER, FIRED, "step=\"awaiting_payment\"", FIRED_HELP),
	[ORDER_AWAITING_STOCK] = METRIC(METRIC_COUNTER, FIRED, "step=\"awaiting_stock\"", FIRED_HELP),
	[ORDER_RELEASING_STOCK] = METRIC(METRIC_COUNTER, FIRED, "step=\"releasing_stock\"", FIRED_HELP),
	[ORDER_REFUNDING] = METRIC(METRIC_COUNTER, FIRED, "step=\"refunding\"", FIRED_HELP),
};
/* clang-format on */
static struct metric stuck = METRIC(METRIC_GAUGE, "orderlab_orders_stuck", NULL,
	"Orders whose compensation was asked for too often without an answer.");

static void record(const struct order_history_row *history, int64_t start_us)
{
	span_record(&(struct span){
		.trace = history->trace,
		.kind = SPAN_INTERNAL,
		.name = "deadline",
		.start_us = start_us,
		.end_us = clock_now_us(),
		.attributes = SPAN_ATTRIBUTES(SPAN_UUID("orderlab.order_id", &history->order_id),
			SPAN_TEXT("orderlab.step", order_step_name(history->from))),
	});
}

static void tell(const struct order_batch_row *row, const struct order *order, int64_t start_us)
{
	const struct order_history_row *history = &row->history;

	if (row->outcome != APPLIED)
		return;
	metric_add(&fired[history->from], 1);
	log_context(&history->trace, &history->order_id);
	log_warning("no answer in time", LOG_TEXT("step", order_step_name(history->from)),
		LOG_TEXT("next", order_step_name(history->to)), LOG_NUMBER("asks", order->asks),
		LOG_TEXT("stuck", order->stuck ? "yes" : "no"));
	record(history, start_us);
}

/* After the commit: what was rolled back did not happen. */
static void tell_all(const struct order_batch *batch, int64_t start_us)
{
	for (size_t i = 0; i < batch->rows_count; i++) {
		const struct order_batch_row *row = &batch->rows[i];

		tell(row, &order_batch_find(batch, &row->history.order_id)->order, start_us);
	}
	log_context(NULL, NULL);
}

/* An order's deadline belongs to the order's trace. */
static struct trace trace_of(const char *latest)
{
	struct trace trace;

	if (!latest || trace_parse(latest, strlen(latest), &trace) != 0)
		return trace_make();
	return trace_child(&trace);
}

static void read_due(const struct store_result *rows, struct arena *arena, struct due *due)
{
	due->count = store_rows(rows);
	due->ids = arena_array(arena, due->count, sizeof(*due->ids));
	due->traces = arena_array(arena, due->count, sizeof(*due->traces));
	for (size_t row = 0; row < due->count; row++) {
		due->ids[row] = store_get_uuid(rows, row, 0);
		due->traces[row] = trace_of(store_get_text(rows, row, 1));
	}
}

/* Begins the transaction and takes what is due; what others hold is passed over. */
static int take_due(struct store *store, struct arena *arena, int64_t now_us, struct due *ret_due,
	struct sweep *sweep)
{
	struct store_params *due = store_params_create(arena);
	struct store_params *outlook = store_params_create(arena);
	struct store_result *results[3] = {0};
	int r;

	store_add_time(due, now_us);
	store_add_int(due, SWEEP_ORDERS_MAX);
	store_add_time(outlook, now_us);
	store_queue(store, "begin", NULL);
	store_queue(store, "order_due", due);
	store_queue(store, "order_outlook", outlook);
	r = store_run(store, results, 3);
	if (r == 0) {
		sweep->fired = (int64_t)store_rows(results[1]);
		sweep->next_us = store_get_time(results[2], 0, 0);
		metric_set(&stuck, store_get_long(results[2], 0, 1));
		read_due(results[1], arena, ret_due);
	}
	store_results_free(results, 3);
	return r;
}

static int fire(struct store *store, struct arena *arena, int64_t now_us, const struct due *due)
{
	int64_t start_us = clock_now_us();
	struct order_batch batch;
	struct outbox out;
	int r = order_batch_load(&batch, store, arena, due->ids, due->count);

	if (r < 0)
		return r;
	outbox_init(&out, arena, now_us);
	for (size_t i = 0; i < due->count; i++) {
		out.trace = due->traces[i];
		(void)order_batch_apply(&batch, order_batch_find(&batch, &due->ids[i]),
			&(struct order_history_row){
				.trigger = ORDER_ON_DEADLINE, .trace = out.trace},
			NULL, &out);
	}
	crash_point("sweep.before_commit");
	r = order_batch_commit(&batch, store, &out);
	crash_point("sweep.after_commit");
	if (r == 0) {
		order_measure_batch(&batch);
		tell_all(&batch, start_us);
	}
	return r;
}

int sweep_once(struct store *store, struct arena *arena, int64_t now_us, struct sweep *ret_sweep)
{
	struct due due = {0};
	struct sweep sweep = {0};
	int r = store_ready(store);

	if (r == 0)
		r = take_due(store, arena, now_us, &due, &sweep);
	if (r == 0 && sweep.fired > 0)
		r = fire(store, arena, now_us, &due);
	/* Also when there was nothing to do: the transaction is open. */
	if (r < 0 || sweep.fired == 0)
		store_rollback(store);
	if (r == 0)
		*ret_sweep = sweep;
	return r;
}

/*
 * How long nothing can become due: until the nearest deadline that is known, and
 * no longer than one that is set from now on would take.
 */
static int64_t pass(struct sweeper *sweeper)
{
	int64_t now_us = clock_now_us(), wait_us = order_policy.step_timeout_us;
	struct sweep sweep = {0};
	int r;

	arena_reset(sweeper->arena);
	r = sweep_once(sweeper->store, sweeper->arena, now_us, &sweep);
	if (r < 0) {
		if (sweeper->backoff.attempts % 10 == 0)
			log_fault(LOG_WARNING, r, "deadlines have to wait");
		return backoff_next_ms(&sweeper->backoff) * US_PER_MS;
	}
	backoff_reset(&sweeper->backoff);
	if (sweep.fired == SWEEP_ORDERS_MAX)
		return 0;
	if (sweep.next_us && sweep.next_us - now_us < wait_us)
		wait_us = sweep.next_us - now_us;
	return wait_us < WAIT_MAX_US ? wait_us : WAIT_MAX_US;
}

/* False when it is time to stop. */
static bool wait_for(struct sweeper *sweeper, int64_t wait_us)
{
	int64_t until_us = clock_monotonic_us() + wait_us;
	const struct timespec until = {
		.tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * 1000};
	bool stopping;
	int r = 0;

	pthread_mutex_lock(&sweeper->lock);
	while (!sweeper->stopping && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&sweeper->wake, &sweeper->lock, &until);
	stopping = sweeper->stopping;
	pthread_mutex_unlock(&sweeper->lock);
	return !stopping;
}

static void *run(void *argument)
{
	struct sweeper *sweeper = argument;

	while (wait_for(sweeper, pass(sweeper)))
		;
	return NULL;
}

static void free_sweeper(struct sweeper *sweeper)
{
	pthread_cond_destroy(&sweeper->wake);
	pthread_mutex_destroy(&sweeper->lock);
	store_destroy(sweeper->store);
	arena_destroy(sweeper->arena);
	free(sweeper);
}

static void register_metrics(void)
{
	for (int step = ORDER_AWAITING_PAYMENT; step <= ORDER_REFUNDING; step++)
		metric_register(&fired[step]);
	metric_register(&stuck);
}

int sweeper_start(const struct store_config *config, struct sweeper **ret_sweeper)
{
	struct sweeper *sweeper = calloc(1, sizeof(*sweeper));
	pthread_condattr_t monotonic;

	if (!sweeper)
		return fault(FAULT_SYSTEM, "no memory for the sweeper");
	pthread_mutex_init(&sweeper->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&sweeper->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sweeper->backoff =
		(struct backoff){.first_ms = RETRY_FIRST_MS, .pause_max_ms = RETRY_PAUSE_MAX_MS};
	sweeper->store = store_create(config);
	sweeper->arena = arena_create(ARENA_MAX);
	register_metrics();
	if (!sweeper->store || pthread_create(&sweeper->thread, NULL, run, sweeper) != 0) {
		free_sweeper(sweeper);
		return fault(FAULT_SYSTEM, "cannot start the sweeper");
	}
	*ret_sweeper = sweeper;
	return 0;
}

void sweeper_stop(struct sweeper *sweeper)
{
	if (!sweeper)
		return;
	pthread_mutex_lock(&sweeper->lock);
	sweeper->stopping = true;
	pthread_cond_signal(&sweeper->wake);
	pthread_mutex_unlock(&sweeper->lock);
	pthread_join(sweeper->thread, NULL);
	free_sweeper(sweeper);
}
