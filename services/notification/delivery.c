#include "delivery.h"

#include "attempt.h"

#include <base/backoff.h>
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/metrics.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <trace/span.h>

/* One mail at a time: a process that ends leaves at most one in doubt for each sender. */
#define SENT_AT_ONCE 1
#define SIMULATED_AT_ONCE 200
/* A taken notification is nobody else's for the time of an attempt and this. */
#define TAKEN_MARGIN_MS 5000
/* What another member wrote, or left behind, is looked for so often. */
#define LOOK_MS 1000
#define LOOK_MIN_MS 10
#define FAULT_FIRST_MS 100
#define FAULT_PAUSE_MAX_MS 5000
#define ARENA_MAX (16u << 20)

#define DELIVERIES "orderlab_deliveries_total"
#define DELIVERIES_HELP "Attempts to deliver a notification, by what became of them."

struct sender {
	struct delivery *delivery;
	pthread_t thread;
	struct store *store;
	struct smtp_client *client;
	struct arena *taken; /* the attempts, until they are written down */
	struct arena *work;
	struct attempt *attempts;
	size_t count;
	struct backoff database, server;
};

struct delivery {
	struct attempt_rules rules;
	bool simulated;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t woken; /* counts */
	bool stopping;
	int started;
	int count;
	struct sender senders[];
};

static struct metric outcomes[] = {
	[ATTEMPT_SENT] = METRIC(METRIC_COUNTER, DELIVERIES, "outcome=\"sent\"", DELIVERIES_HELP),
	[ATTEMPT_SIMULATED] =
		METRIC(METRIC_COUNTER, DELIVERIES, "outcome=\"simulated\"", DELIVERIES_HELP),
	[ATTEMPT_REFUSED] =
		METRIC(METRIC_COUNTER, DELIVERIES, "outcome=\"refused\"", DELIVERIES_HELP),
	[ATTEMPT_UNREACHABLE] =
		METRIC(METRIC_COUNTER, DELIVERIES, "outcome=\"unreachable\"", DELIVERIES_HELP),
};

/* ---- waiting ---- */

static bool is_stopping(struct delivery *delivery)
{
	bool stopping;

	(void)pthread_mutex_lock(&delivery->lock);
	stopping = delivery->stopping;
	(void)pthread_mutex_unlock(&delivery->lock);
	return stopping;
}

static uint64_t count_woken(struct delivery *delivery)
{
	uint64_t woken;

	(void)pthread_mutex_lock(&delivery->lock);
	woken = delivery->woken;
	(void)pthread_mutex_unlock(&delivery->lock);
	return woken;
}

/* Until the time is up, the end, or, with @seen, somebody has woken us since. */
static void wait(struct delivery *delivery, int64_t pause_ms, const uint64_t *seen)
{
	int64_t until_us = clock_monotonic_us() + pause_ms * US_PER_MS;
	struct timespec until = {
		.tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * 1000};

	(void)pthread_mutex_lock(&delivery->lock);
	while (!delivery->stopping && !(seen && *seen != delivery->woken)) {
		if (pthread_cond_timedwait(&delivery->changed, &delivery->lock, &until) != 0)
			break;
	}
	(void)pthread_mutex_unlock(&delivery->lock);
}

/* ---- the database ---- */

static void queue_record(struct sender *sender)
{
	struct store_params *params = store_params_create(sender->work);
	struct store_array *events = store_add_array(params, STORE_UUID);
	struct store_array *numbers = store_add_array(params, STORE_INT);
	struct store_array *recipients = store_add_array(params, STORE_TEXT);
	struct store_array *names = store_add_array(params, STORE_TEXT);
	struct store_array *details = store_add_array(params, STORE_TEXT);
	struct store_array *statuses = store_add_array(params, STORE_TEXT);
	struct store_array *pauses = store_add_array(params, STORE_LONG);

	for (size_t i = 0; i < sender->count; i++) {
		const struct attempt *attempt = &sender->attempts[i];

		store_push_uuid(events, &attempt->event_id);
		store_push_int(numbers, attempt->number);
		store_push_text(recipients, attempt->recipient);
		store_push_text(names, attempt_outcome_name(attempt->outcome));
		store_push_text(details, attempt->detail);
		store_push_text(statuses, attempt_status_name(attempt));
		store_push_long(pauses, attempt->pause_ms);
	}
	store_queue(sender->store, "delivery_record", params);
}

static void queue_take(struct sender *sender)
{
	const struct delivery *delivery = sender->delivery;
	struct store_params *params = store_params_create(sender->work);

	store_add_int(params, delivery->simulated ? SIMULATED_AT_ONCE : SENT_AT_ONCE);
	store_add_long(params, delivery->rules.timeout_ms + TAKEN_MARGIN_MS);
	store_queue(sender->store, "delivery_take", params);
}

static void read_attempt(
	const struct store_result *rows, size_t row, struct arena *arena, struct attempt *attempt)
{
	const char *text = store_get_text(rows, row, 7);
	struct trace trace;

	*attempt = (struct attempt){
		.event_id = store_get_uuid(rows, row, 0),
		.order_id = store_get_uuid(rows, row, 1),
		.type = store_copy_text(rows, row, 2, arena),
		.subject = store_copy_text(rows, row, 3, arena),
		.body = store_copy_text(rows, row, 4, arena),
		.number = store_get_int(rows, row, 5),
		.created_at_us = store_get_time(rows, row, 6),
		.customer_id = store_copy_text(rows, row, 8, arena),
	};
	if (!text || trace_parse(text, strlen(text), &trace) != 0)
		attempt->trace = trace_make();
	else
		attempt->trace = span_child(&trace);
}

static void keep_taken(struct sender *sender, const struct store_result *rows)
{
	sender->count = rows ? store_rows(rows) : 0;
	arena_reset(sender->taken);
	sender->attempts = arena_array(sender->taken, sender->count, sizeof(*sender->attempts));
	for (size_t row = 0; row < sender->count; row++)
		read_attempt(rows, row, sender->taken, &sender->attempts[row]);
}

/* Writes down what was attempted and takes what is due: one transaction, one fsync. */
static int exchange(struct sender *sender, bool more)
{
	struct store_result *results[2] = {0};
	size_t count = 0;
	int r = store_ready(sender->store);

	if (r < 0)
		return r;
	arena_reset(sender->work);
	if (sender->count > 0) {
		queue_record(sender);
		count++;
	}
	if (more) {
		queue_take(sender);
		count++;
	}
	r = store_run(sender->store, results, count);
	if (r == 0)
		keep_taken(sender, more ? results[count - 1] : NULL);
	store_results_free(results, count);
	return r;
}

/* When something is due; nothing known leaves *ret_ms as it is. */
static int ask_next(struct sender *sender, int64_t *ret_ms)
{
	struct store_result *rows = NULL;
	int r;

	store_queue(sender->store, "delivery_next", NULL);
	r = store_run(sender->store, &rows, 1);
	if (r == 0 && store_rows(rows) > 0)
		*ret_ms = store_get_long(rows, 0, 0);
	store_results_free(&rows, 1);
	return r;
}

/* ---- a sender ---- */

static void tell(const struct attempt *attempt)
{
	bool delivered = attempt->outcome == ATTEMPT_SENT || attempt->outcome == ATTEMPT_SIMULATED;

	metric_add(&outcomes[attempt->outcome], 1);
	log_context(&attempt->trace, &attempt->order_id);
	log_write(delivered              ? LOG_DEBUG
			: attempt->ended ? LOG_WARNING
					 : LOG_INFO,
		LOG_FIELDS(LOG_TEXT("type", attempt->type),
			LOG_UUID("event_id", &attempt->event_id),
			LOG_NUMBER("attempt", attempt->number),
			LOG_TEXT("outcome", attempt_outcome_name(attempt->outcome)),
			LOG_TEXT("detail", attempt->detail)),
		delivered                ? "delivered"
			: attempt->ended ? "not delivered, given up"
					 : "not delivered yet");
	log_context(NULL, NULL);
}

static void record(const struct attempt *attempt, int64_t start_us)
{
	bool failed =
		attempt->outcome == ATTEMPT_REFUSED || attempt->outcome == ATTEMPT_UNREACHABLE;

	span_record(&(struct span){
		.trace = attempt->trace,
		.kind = attempt->outcome == ATTEMPT_SIMULATED ? SPAN_INTERNAL : SPAN_CLIENT,
		.name = "send mail",
		.start_us = start_us,
		.end_us = clock_now_us(),
		.failed = failed,
		.attributes = SPAN_ATTRIBUTES(SPAN_UUID("orderlab.order_id", &attempt->order_id),
			SPAN_TEXT("orderlab.event_type", attempt->type),
			SPAN_UUID("orderlab.event_id", &attempt->event_id),
			SPAN_NUMBER("orderlab.attempt", attempt->number),
			SPAN_TEXT("orderlab.outcome", attempt_outcome_name(attempt->outcome)),
			SPAN_TEXT("orderlab.detail", attempt->detail),
			SPAN_TEXT("error.type",
				failed ? attempt_outcome_name(attempt->outcome) : NULL)),
	});
}

/* False when the server could not be reached: better not to try the next at once. */
static bool attempt_all(struct sender *sender)
{
	bool reached = true;

	for (size_t i = 0; i < sender->count; i++) {
		struct attempt *attempt = &sender->attempts[i];
		int64_t start_us = clock_now_us();

		attempt_make(attempt, &sender->delivery->rules, sender->client, sender->taken);
		tell(attempt);
		record(attempt, start_us);
		reached &= attempt->outcome != ATTEMPT_UNREACHABLE;
	}
	return reached;
}

static int pass(struct sender *sender)
{
	struct delivery *delivery = sender->delivery;
	uint64_t seen = count_woken(delivery);
	int64_t next_ms = LOOK_MS;
	int r = exchange(sender, true);

	if (r < 0)
		return r;
	if (sender->count == 0) {
		r = ask_next(sender, &next_ms);
		if (r < 0)
			return r;
		next_ms = next_ms < LOOK_MIN_MS ? LOOK_MIN_MS : next_ms;
		wait(delivery, next_ms > LOOK_MS ? LOOK_MS : next_ms, &seen);
		return 0;
	}
	if (attempt_all(sender)) {
		backoff_reset(&sender->server);
		return 0;
	}
	r = exchange(sender, false);
	if (r == 0)
		wait(delivery, backoff_next_ms(&sender->server), NULL);
	return r;
}

/* Faults of the database: again after a pause, for ever, with the attempts in hand. */
static void *run(void *argument)
{
	struct sender *sender = argument;

	while (!is_stopping(sender->delivery)) {
		int r = pass(sender);

		if (r == 0) {
			backoff_reset(&sender->database);
			continue;
		}
		/* What no pause mends is said again and again: a person must act. */
		if (!fault_is_transient(r))
			log_fault(LOG_ERROR, r, "deliveries cannot go on");
		else if (sender->database.attempts == 0)
			log_fault(LOG_WARNING, r, "deliveries wait for the database");
		wait(sender->delivery, backoff_next_ms(&sender->database), NULL);
	}
	if (sender->count > 0) {
		int r = exchange(sender, false);

		if (r < 0)
			log_fault(LOG_WARNING, r,
				"attempts that were made could not be written down");
	}
	return NULL;
}

static int open_sender(struct sender *sender, const struct delivery_config *config)
{
	const struct backoff backoff = {
		.first_ms = FAULT_FIRST_MS, .pause_max_ms = FAULT_PAUSE_MAX_MS};

	sender->database = sender->server = backoff;
	sender->taken = arena_create(ARENA_MAX);
	sender->work = arena_create(ARENA_MAX);
	sender->store = store_create(config->store);
	if (config->smtp_url) {
		sender->client = smtp_client_create(config->smtp_url);
		if (!sender->client)
			return fault(FAULT_USAGE, "smtp.url is smtp://host:port, not %s",
				config->smtp_url);
	}
	if (pthread_create(&sender->thread, NULL, run, sender) != 0)
		return fault(FAULT_SYSTEM, "no thread for deliveries");
	sender->delivery->started++;
	return 0;
}

static struct delivery *create(const struct delivery_config *config)
{
	struct delivery *delivery =
		calloc(1, sizeof(*delivery) + (size_t)config->senders * sizeof(struct sender));
	pthread_condattr_t monotonic;

	if (!delivery)
		return NULL;
	(void)pthread_mutex_init(&delivery->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&delivery->changed, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	delivery->count = config->senders;
	delivery->simulated = !config->smtp_url;
	delivery->rules = (struct attempt_rules){
		.domain = config->domain,
		.timeout_ms = config->timeout_ms,
		.attempts_max = config->attempts_max,
		.retry_first_ms = config->retry_first_ms,
		.retry_pause_max_ms = config->retry_pause_max_ms,
	};
	return delivery;
}

int delivery_start(const struct delivery_config *config, struct delivery **ret_delivery)
{
	struct delivery *delivery = create(config);
	int r = 0;

	if (!delivery)
		return fault(FAULT_SYSTEM, "no memory for deliveries");
	for (int outcome = ATTEMPT_SENT; outcome <= ATTEMPT_UNREACHABLE; outcome++)
		metric_register(&outcomes[outcome]);
	for (int i = 0; r == 0 && i < delivery->count; i++) {
		delivery->senders[i].delivery = delivery;
		r = open_sender(&delivery->senders[i], config);
	}
	if (r < 0)
		delivery_stop(delivery);
	else
		*ret_delivery = delivery;
	return r;
}

void delivery_wake(struct delivery *delivery)
{
	if (!delivery)
		return;
	(void)pthread_mutex_lock(&delivery->lock);
	delivery->woken++;
	(void)pthread_cond_broadcast(&delivery->changed);
	(void)pthread_mutex_unlock(&delivery->lock);
}

void delivery_stop(struct delivery *delivery)
{
	if (!delivery)
		return;
	(void)pthread_mutex_lock(&delivery->lock);
	delivery->stopping = true;
	(void)pthread_cond_broadcast(&delivery->changed);
	(void)pthread_mutex_unlock(&delivery->lock);
	for (int i = 0; i < delivery->started; i++)
		(void)pthread_join(delivery->senders[i].thread, NULL);
	for (int i = 0; i < delivery->count; i++) {
		struct sender *sender = &delivery->senders[i];

		smtp_client_destroy(sender->client);
		store_destroy(sender->store);
		arena_destroy(sender->taken);
		arena_destroy(sender->work);
	}
	(void)pthread_cond_destroy(&delivery->changed);
	(void)pthread_mutex_destroy(&delivery->lock);
	free(delivery);
}
