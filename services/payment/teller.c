#include "teller.h"

#include "store.h"

#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/metrics.h>
#include <pthread.h>
#include <runtime/outgoing.h>
#include <stdlib.h>
#include <string.h>
#include <trace/span.h>

#define BATCH_MAX 500
#define ARENA_MAX (64u << 20)
#define SWEEP_US US_PER_S /* what other processes have left is looked for this often */

/* clang-format off */
static struct metric answers[] = {
	[PROVIDER_CHARGED]     = METRIC(METRIC_COUNTER, "orderlab_provider_answers_total", "answer=\"charged\"", "Answers of the payment provider."),
	[PROVIDER_REFUNDED]    = METRIC(METRIC_COUNTER, "orderlab_provider_answers_total", "answer=\"refunded\"", "Answers of the payment provider."),
	[PROVIDER_DECLINED]    = METRIC(METRIC_COUNTER, "orderlab_provider_answers_total", "answer=\"declined\"", "Answers of the payment provider."),
	[PROVIDER_UNAVAILABLE] = METRIC(METRIC_COUNTER, "orderlab_provider_answers_total", "answer=\"unavailable\"", "Answers of the payment provider."),
	[PROVIDER_NOT_FOUND]   = METRIC(METRIC_COUNTER, "orderlab_provider_answers_total", "answer=\"not_found\"", "Answers of the payment provider."),
	[PROVIDER_NO_ANSWER]   = METRIC(METRIC_COUNTER, "orderlab_provider_answers_total", "answer=\"none\"", "Answers of the payment provider."),
};
static struct metric overdue = METRIC(METRIC_COUNTER, "orderlab_provider_overdue_total", NULL, "Questions taken up because they were overdue.");
static struct metric overflow = METRIC(METRIC_COUNTER, "orderlab_provider_overflow_total", NULL, "Questions that found no place in the queue and wait to be overdue.");
/* clang-format on */

struct teller {
	struct tellers *all;
	pthread_t thread;
	struct store *store;
	struct provider *provider;
	struct arena *arena;
	struct provider_call calls[PROVIDER_OPEN_MAX];
};

struct tellers {
	struct teller_config config;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct provider_call queue[TELLER_QUEUE_MAX]; /* a ring */
	size_t queue_first, queue_count;
	int64_t sweep_us; /* monotonic; when to look for what is overdue */
	bool stopping;
	size_t started;
	struct teller tellers[TELLER_COUNT_MAX];
};

struct provider_call payment_call(const struct payment *payment)
{
	struct provider_call call = {.question = payment->ask,
		.order_id = payment->order_id,
		.payment_id = payment->id,
		.refund_id = payment->refund_id,
		.amount = payment->amount,
		.trace = span_child(&payment->trace)};

	/* The schema bounds it. */
	strncpy(call.method, payment->method, sizeof(call.method) - 1);
	return call;
}

/* ---- the queue ---- */

void tellers_hand(struct tellers *tellers, const struct provider_call *call)
{
	pthread_mutex_lock(&tellers->lock);
	if (tellers->queue_count < TELLER_QUEUE_MAX) {
		tellers->queue[(tellers->queue_first + tellers->queue_count++) % TELLER_QUEUE_MAX] =
			*call;
	} else {
		metric_add(&overflow, 1);
	}
	pthread_mutex_unlock(&tellers->lock);
}

void tellers_wake(struct tellers *tellers)
{
	pthread_mutex_lock(&tellers->lock);
	pthread_cond_broadcast(&tellers->changed);
	pthread_mutex_unlock(&tellers->lock);
}

static void sweep_by(struct tellers *tellers, int64_t at_us)
{
	pthread_mutex_lock(&tellers->lock);
	if (at_us < tellers->sweep_us)
		tellers->sweep_us = at_us;
	pthread_mutex_unlock(&tellers->lock);
}

static void wait_until(struct tellers *tellers, int64_t at_us)
{
	const struct timespec at = {.tv_sec = at_us / US_PER_S, .tv_nsec = at_us % US_PER_S * 1000};

	(void)pthread_cond_clockwait(&tellers->changed, &tellers->lock, CLOCK_MONOTONIC, &at);
}

/*
 * Sends what is in the queue, as far as the provider has room. Waits for the first
 * of: a question, an answer, the time to sweep, the end. False: nothing is left and
 * the tellers are stopping.
 */
static bool take(struct teller *teller, bool *ret_sweep)
{
	struct tellers *all = teller->all;
	size_t room = provider_room(teller->provider), taken = 0;
	int64_t answer_us = provider_next_us(teller->provider), now_us;
	bool going_on;

	if (room > BATCH_MAX)
		room = BATCH_MAX;
	pthread_mutex_lock(&all->lock);
	for (;;) {
		int64_t until_us = answer_us;

		if (!all->stopping && all->sweep_us < until_us)
			until_us = all->sweep_us;
		now_us = clock_monotonic_us();
		if (until_us <= now_us || (all->queue_count > 0 && room > 0) ||
			until_us == INT64_MAX)
			break;
		wait_until(all, until_us);
	}
	for (; taken < room && all->queue_count > 0; taken++, all->queue_count--) {
		teller->calls[taken] = all->queue[all->queue_first];
		all->queue_first = (all->queue_first + 1) % TELLER_QUEUE_MAX;
	}
	*ret_sweep = all->sweep_us <= now_us && !all->stopping;
	if (*ret_sweep)
		all->sweep_us = now_us + SWEEP_US;
	going_on = !all->stopping || taken > 0 || answer_us != INT64_MAX;
	pthread_mutex_unlock(&all->lock);

	if (taken > 0)
		crash_point("payment.before_ask");
	for (size_t i = 0; i < taken; i++) {
		teller->calls[i].sent_us = clock_now_us();
		provider_send(teller->provider, &teller->calls[i]);
	}
	return going_on;
}

/* ---- what was answered ---- */

static void record_span(const struct provider_call *call)
{
	static const char *const names[] = {
		[PROVIDER_CHARGED] = "charged",
		[PROVIDER_REFUNDED] = "refunded",
		[PROVIDER_DECLINED] = "declined",
		[PROVIDER_UNAVAILABLE] = "unavailable",
		[PROVIDER_NOT_FOUND] = "not_found",
		[PROVIDER_NO_ANSWER] = "none",
	};
	bool failed = call->answer == PROVIDER_UNAVAILABLE || call->answer == PROVIDER_NO_ANSWER;

	span_record(&(struct span){
		.trace = call->trace,
		.kind = SPAN_CLIENT,
		.name = payment_question_name(call->question),
		.target = "provider",
		.start_us = call->sent_us,
		.end_us = clock_now_us(),
		.failed = failed,
		.attributes = SPAN_ATTRIBUTES(SPAN_TEXT("peer.service", "provider"),
			SPAN_UUID("orderlab.order_id", &call->order_id),
			SPAN_UUID("orderlab.payment_id", &call->payment_id),
			SPAN_TEXT("orderlab.answer", names[call->answer]),
			SPAN_TEXT("orderlab.reason", call->reason),
			SPAN_TEXT("error.type", failed ? names[call->answer] : NULL)),
	});
}

static void say(const struct provider_call *call)
{
	record_span(call);
	metric_add(&answers[call->answer], 1);
	if (call->answer != PROVIDER_UNAVAILABLE && call->answer != PROVIDER_NO_ANSWER)
		return;
	log_info(call->answer == PROVIDER_NO_ANSWER ? "no answer from the provider"
						    : "the provider is unavailable",
		LOG_UUID("order_id", &call->order_id), LOG_UUID("payment_id", &call->payment_id),
		LOG_TEXT("question", payment_question_name(call->question)));
}

/* Every answer is decided upon in turn; what none asks for is not kept. */
static void decide(struct payment_state *state, const struct provider_call *calls, size_t count,
	struct outbox *out)
{
	for (size_t i = 0; i < count; i++) {
		struct payment_entry *entry = uuid_map_get(state->payments, &calls[i].order_id);
		size_t mark = outbox_mark(out);
		struct payment payment;

		if (!entry)
			continue;
		payment = entry->payment;
		/* What follows from an answer follows from the call. */
		out->trace = trace_is_set(&calls[i].trace) ? calls[i].trace : payment.trace;
		if (payment_on_answer(&payment, &calls[i], out) == APPLIED)
			payment_store_keep(entry, &payment);
		else
			outbox_rewind(out, mark);
	}
}

static int load(struct teller *teller, const struct provider_call *calls, size_t count,
	struct payment_state **ret_state)
{
	struct store_params *params = store_params_create(teller->arena);
	struct store_array *orders = store_add_array(params, STORE_UUID);
	struct store_result *results[2] = {0};
	int r;

	for (size_t i = 0; i < count; i++)
		store_push_uuid(orders, &calls[i].order_id);
	store_queue(teller->store, "begin", NULL);
	store_queue(teller->store, "payment_load", params);
	r = store_run(teller->store, results, 2);
	if (r == 0)
		*ret_state = payment_store_read(results[1], 0, teller->arena);
	store_results_free(results, 2);
	return r;
}

static int save(struct teller *teller, const struct payment_state *state, const struct outbox *out)
{
	payment_store_queue_save(state, teller->store, teller->arena);
	outgoing_queue_outbox(teller->store, teller->arena, out);
	store_queue(teller->store, "commit", NULL);
	crash_point("payment.before_commit");
	return store_run(teller->store, NULL, 0);
}

/* Some answers lead to another question, now or after a pause. */
static void ask_on(
	struct tellers *tellers, const struct payment_state *state, const struct outbox *out)
{
	for (size_t i = 0; i < state->entries_count; i++) {
		const struct payment *payment = &state->entries[i].payment;
		struct provider_call call = payment_call(payment);

		if (!state->entries[i].changed || payment->due_at_us == 0)
			continue;
		if (payment->ask)
			tellers_hand(tellers, &call);
		else
			sweep_by(tellers, clock_monotonic_us() + payment->due_at_us - out->now_us);
	}
}

/* Payments, money and outbox of these answers: one transaction. */
static int record(struct teller *teller, const struct provider_call *calls, size_t count)
{
	struct payment_state *state = NULL;
	struct outbox out;
	int r;

	arena_reset(teller->arena);
	outbox_init(&out, teller->arena, clock_now_us());
	r = store_ready(teller->store);
	if (r == 0)
		r = load(teller, calls, count, &state);
	if (r == 0) {
		decide(state, calls, count, &out);
		r = save(teller, state, &out);
	}
	if (r < 0) {
		store_rollback(teller->store);
		return r;
	}
	crash_point("payment.after_commit");
	ask_on(teller->all, state, &out);
	return 0;
}

/*
 * What cannot be written down now is not lost: its question is overdue soon and is
 * asked about again.
 */
static void record_all(struct teller *teller, size_t count)
{
	for (size_t i = 0; i < count; i++)
		say(&teller->calls[i]);
	for (size_t done = 0; done < count;) {
		size_t part = count - done < BATCH_MAX ? count - done : BATCH_MAX;
		const struct provider_call *calls = &teller->calls[done];
		int r = record(teller, calls, part);

		/* The one that the database refuses shall not take the others with it. */
		for (size_t i = 0; r == FAULT_DB_DATA && part > 1 && i < part; i++) {
			int alone = record(teller, &calls[i], 1);

			if (alone < 0)
				log_fault(LOG_ERROR, alone, "an answer cannot be written down");
		}
		if (r < 0 && (r != FAULT_DB_DATA || part == 1))
			log_fault(LOG_ERROR, r, "answers cannot be written down");
		done += part;
	}
}

/* ---- what nobody has in hand ---- */

static void hand_row(struct tellers *tellers, const struct store_result *rows, size_t row)
{
	struct provider_call call = {.order_id = store_get_uuid(rows, row, 1),
		.payment_id = store_get_uuid(rows, row, 2),
		.refund_id = store_get_uuid(rows, row, 3),
		.amount = store_get_long(rows, row, 4)};
	const char *text = store_get_text(rows, row, 6);
	struct trace asked;

	/* The table's own CHECK allows no other word. */
	(void)payment_question_parse(store_get_text(rows, row, 0), &call.question);
	strncpy(call.method, store_get_text(rows, row, 5), sizeof(call.method) - 1);
	if (text && trace_parse(text, strlen(text), &asked) == 0)
		call.trace = span_child(&asked);
	tellers_hand(tellers, &call);
}

static int take_overdue(struct teller *teller, size_t *ret_count)
{
	struct store_params *params;
	struct store_result *rows = NULL;
	int64_t now_us = clock_now_us();
	int r = store_ready(teller->store);

	if (r < 0)
		return r;
	arena_reset(teller->arena);
	params = store_params_create(teller->arena);
	store_add_time(params, now_us);
	store_add_time(params, now_us + PAYMENT_LEASE_US);
	store_add_long(params, BATCH_MAX);
	store_queue(teller->store, "payment_take", params);
	r = store_run(teller->store, &rows, 1);
	if (r < 0) {
		store_rollback(teller->store);
		return r;
	}
	*ret_count = store_rows(rows);
	for (size_t row = 0; row < store_rows(rows); row++)
		hand_row(teller->all, rows, row);
	metric_add(&overdue, (int64_t)store_rows(rows));
	store_results_free(&rows, 1);
	return 0;
}

static void sweep(struct teller *teller)
{
	size_t count = 0;
	int r = take_overdue(teller, &count);

	if (r < 0)
		log_fault(LOG_WARNING, r, "what is overdue cannot be looked for");
	/* There may be more. */
	if (count == BATCH_MAX)
		sweep_by(teller->all, 0);
}

static void *work(void *argument)
{
	struct teller *teller = argument;
	bool is_time_to_sweep;

	while (take(teller, &is_time_to_sweep)) {
		size_t count = provider_receive(teller->provider, teller->calls);

		if (count > 0) {
			crash_point("payment.after_answer");
			record_all(teller, count);
		}
		if (is_time_to_sweep)
			sweep(teller);
	}
	return NULL;
}

/* ---- start and end ---- */

static void register_metrics(void)
{
	for (int i = PROVIDER_CHARGED; i <= PROVIDER_NO_ANSWER; i++)
		metric_register(&answers[i]);
	metric_register(&overdue);
	metric_register(&overflow);
}

static int start_one(struct tellers *tellers)
{
	struct teller *teller = &tellers->tellers[tellers->started];

	teller->all = tellers;
	teller->arena = arena_create(ARENA_MAX);
	teller->store = store_create(tellers->config.store);
	teller->provider = provider_create(&tellers->config.provider);
	tellers->started++;
	if (!teller->provider || pthread_create(&teller->thread, NULL, work, teller) != 0) {
		teller->thread = 0;
		return fault(FAULT_SYSTEM, "a teller cannot be started");
	}
	return 0;
}

int tellers_start(const struct teller_config *config, struct tellers **ret_tellers)
{
	struct tellers *tellers = calloc(1, sizeof(*tellers));
	int r = 0;

	if (!tellers)
		return fault(FAULT_SYSTEM, "no memory for the tellers");
	tellers->config = *config;
	pthread_mutex_init(&tellers->lock, NULL);
	pthread_cond_init(&tellers->changed, NULL);
	register_metrics();
	for (int64_t i = 0; r == 0 && i < config->count; i++)
		r = start_one(tellers);
	if (r < 0) {
		tellers_stop(tellers);
		return r;
	}
	*ret_tellers = tellers;
	return 0;
}

void tellers_stop(struct tellers *tellers)
{
	if (!tellers)
		return;
	pthread_mutex_lock(&tellers->lock);
	tellers->stopping = true;
	pthread_cond_broadcast(&tellers->changed);
	pthread_mutex_unlock(&tellers->lock);
	for (size_t i = 0; i < tellers->started; i++) {
		struct teller *teller = &tellers->tellers[i];

		if (teller->thread)
			pthread_join(teller->thread, NULL);
		provider_destroy(teller->provider);
		store_destroy(teller->store);
		arena_destroy(teller->arena);
	}
	pthread_cond_destroy(&tellers->changed);
	pthread_mutex_destroy(&tellers->lock);
	free(tellers);
}
