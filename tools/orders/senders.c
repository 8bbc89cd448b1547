#include "senders.h"

#include <base/clock.h>
#include <base/fault.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* libcurl with an answer that lives on the heap needs little. */
#define STACK_SIZE ((size_t)256 * 1024)

struct senders {
	struct senders_config config;
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	bool stop;
	_Atomic int64_t next;
	_Atomic int running;
	int started;
	pthread_t threads[];
};

/* False when the senders were stopped before the time came. */
static bool wait_until(struct senders *senders, int64_t due_us)
{
	struct timespec due = {.tv_sec = due_us / US_PER_S, .tv_nsec = due_us % US_PER_S * 1000};
	bool stop;

	pthread_mutex_lock(&senders->lock);
	while (!senders->stop && clock_monotonic_us() < due_us) {
		if (pthread_cond_timedwait(&senders->stopped, &senders->lock, &due) == ETIMEDOUT)
			break;
	}
	stop = senders->stop;
	pthread_mutex_unlock(&senders->lock);
	return !stop;
}

/* The order's id is the last part of Location; an answer without it is no acceptance. */
static void read_location(const char *location, struct tally_answer *answer)
{
	const char *slash = strrchr(location, '/');
	const char *id = slash ? slash + 1 : location;

	if (tally_is_accepted(answer->http_status) &&
		uuid_parse(id, strlen(id), &answer->order_id) < 0)
		answer->http_status = 0;
}

static void send_order(struct senders *senders, int64_t n)
{
	const struct senders_config *config = &senders->config;
	char body[PLAN_BODY_SIZE], key[UUID_TEXT_SIZE];
	char header[sizeof("Idempotency-Key: ") + UUID_TEXT_SIZE];
	struct tally_answer result = {.sent_us = clock_monotonic_us()};
	struct http_answer answer;

	snprintf(header, sizeof(header), "Idempotency-Key: %s", plan_key(config->plan, n, key));
	struct http_call call = {
		.method = "POST",
		.path = "/orders",
		.headers = (const char *const[]){header, NULL},
		.body = body,
		.body_size = plan_body(config->plan, n, body),
		.timeout_ms = config->timeout_ms,
	};
	int r = http_client_call(config->client, &call, &answer);
	result.answered_us = clock_monotonic_us();
	if (r == 0) {
		result.http_status = answer.status;
		read_location(answer.location, &result);
	}
	http_answer_finish(&answer);
	tally_answered(config->tally, n, &result);
	if (tally_is_accepted(result.http_status) && plan_kind_of(config->plan, n) == PLAN_CANCEL)
		cancels_add(config->cancels, n, &result.order_id,
			result.answered_us + plan_cancel_after_us(config->plan, n));
}

static void *sender_run(void *context)
{
	struct senders *senders = context;
	const struct plan *plan = senders->config.plan;

	for (;;) {
		int64_t n = atomic_fetch_add(&senders->next, 1);
		if (n >= plan->count)
			break;
		if (!wait_until(senders, senders->config.start_us + plan_due_us(plan, n)))
			break;
		send_order(senders, n);
	}
	atomic_fetch_sub(&senders->running, 1);
	return NULL;
}

static int start_threads(struct senders *senders)
{
	pthread_attr_t attributes;
	int r = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	while (senders->started < senders->config.threads && r == 0) {
		atomic_fetch_add(&senders->running, 1);
		r = pthread_create(
			&senders->threads[senders->started], &attributes, sender_run, senders);
		if (r == 0)
			senders->started++;
		else
			atomic_fetch_sub(&senders->running, 1);
	}
	pthread_attr_destroy(&attributes);
	return r == 0 ? 0 : fault(FAULT_SYSTEM, "cannot start a thread: %s", strerror(r));
}

int senders_start(const struct senders_config *config, struct senders **ret_senders)
{
	struct senders *senders =
		calloc(1, sizeof(*senders) + (size_t)config->threads * sizeof(pthread_t));
	pthread_condattr_t monotonic;

	if (!senders)
		return fault(FAULT_SYSTEM, "out of memory");
	senders->config = *config;
	pthread_mutex_init(&senders->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&senders->stopped, &monotonic);
	pthread_condattr_destroy(&monotonic);
	int r = start_threads(senders);
	if (r < 0) {
		senders_destroy(senders);
		return r;
	}
	*ret_senders = senders;
	return 0;
}

void senders_stop(struct senders *senders)
{
	pthread_mutex_lock(&senders->lock);
	senders->stop = true;
	pthread_cond_broadcast(&senders->stopped);
	pthread_mutex_unlock(&senders->lock);
}

bool senders_done(struct senders *senders)
{
	return atomic_load(&senders->running) == 0;
}

void senders_destroy(struct senders *senders)
{
	if (!senders)
		return;
	senders_stop(senders);
	for (int i = 0; i < senders->started; i++)
		pthread_join(senders->threads[i], NULL);
	pthread_cond_destroy(&senders->stopped);
	pthread_mutex_destroy(&senders->lock);
	free(senders);
}
