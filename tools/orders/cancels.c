#include "cancels.h"

#include <base/clock.h>
#include <base/fault.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define STACK_SIZE ((size_t)256 * 1024)
#define PATH_SIZE 80

struct cancel {
	int64_t due_us;
	int64_t n;
	struct uuid order_id;
};

/* A heap by due time: list[0] is the next one. */
struct cancels {
	struct cancels_config config;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct cancel *list;
	size_t count, capacity;
	int under_way;
	bool stop;
	int started;
	pthread_t threads[CANCELS_THREADS];
};

static void swap(struct cancel *a, struct cancel *b)
{
	struct cancel held = *a;

	*a = *b;
	*b = held;
}

static void sift_up(struct cancels *cancels, size_t at)
{
	struct cancel *list = cancels->list;

	while (at > 0 && list[at].due_us < list[(at - 1) / 2].due_us) {
		swap(&list[at], &list[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sift_down(struct cancels *cancels)
{
	struct cancel *list = cancels->list;

	for (size_t at = 0, child; (child = at * 2 + 1) < cancels->count; at = child) {
		if (child + 1 < cancels->count && list[child + 1].due_us < list[child].due_us)
			child++;
		if (list[at].due_us <= list[child].due_us)
			break;
		swap(&list[at], &list[child]);
	}
}

void cancels_add(struct cancels *cancels, int64_t n, const struct uuid *order_id, int64_t due_us)
{
	pthread_mutex_lock(&cancels->lock);
	if (cancels->count == cancels->capacity && !cancels->stop) {
		size_t capacity = cancels->capacity ? cancels->capacity * 2 : 256;
		struct cancel *list = realloc(cancels->list, capacity * sizeof(*list));

		if (list) {
			cancels->list = list;
			cancels->capacity = capacity;
		}
	}
	/* Without memory the order is left alone, which the report shows. */
	if (cancels->count < cancels->capacity && !cancels->stop) {
		cancels->list[cancels->count] =
			(struct cancel){.due_us = due_us, .n = n, .order_id = *order_id};
		sift_up(cancels, cancels->count++);
		pthread_cond_signal(&cancels->changed);
	}
	pthread_mutex_unlock(&cancels->lock);
}

static void send_cancel(struct cancels *cancels, const struct cancel *cancel)
{
	const struct cancels_config *config = &cancels->config;
	char path[PATH_SIZE], id[UUID_TEXT_SIZE];
	struct http_answer answer;

	snprintf(path, sizeof(path), "/orders/%s/cancellation", uuid_format(&cancel->order_id, id));
	tally_cancelling(config->tally, cancel->n);
	int r = http_client_call(config->client,
		&(struct http_call){
			.method = "POST", .path = path, .timeout_ms = config->timeout_ms},
		&answer);
	tally_cancelled(config->tally, cancel->n, r == 0 ? answer.status : 0);
	http_answer_finish(&answer);
}

/* Waits for the next one to be due and takes it. False when it is time to end. */
static bool take(struct cancels *cancels, struct cancel *ret_cancel)
{
	while (!cancels->stop) {
		if (cancels->count == 0) {
			pthread_cond_wait(&cancels->changed, &cancels->lock);
			continue;
		}
		int64_t due_us = cancels->list[0].due_us;

		if (clock_monotonic_us() >= due_us) {
			*ret_cancel = cancels->list[0];
			cancels->list[0] = cancels->list[--cancels->count];
			sift_down(cancels);
			return true;
		}
		struct timespec due = {
			.tv_sec = due_us / US_PER_S, .tv_nsec = due_us % US_PER_S * 1000};

		pthread_cond_timedwait(&cancels->changed, &cancels->lock, &due);
	}
	return false;
}

static void *cancels_run(void *context)
{
	struct cancels *cancels = context;
	struct cancel cancel;

	pthread_mutex_lock(&cancels->lock);
	while (take(cancels, &cancel)) {
		cancels->under_way++;
		pthread_mutex_unlock(&cancels->lock);
		send_cancel(cancels, &cancel);
		pthread_mutex_lock(&cancels->lock);
		cancels->under_way--;
	}
	pthread_mutex_unlock(&cancels->lock);
	return NULL;
}

int cancels_start(const struct cancels_config *config, struct cancels **ret_cancels)
{
	struct cancels *cancels = calloc(1, sizeof(*cancels));
	pthread_condattr_t monotonic;
	pthread_attr_t attributes;
	int r = 0;

	if (!cancels)
		return fault(FAULT_SYSTEM, "out of memory");
	cancels->config = *config;
	pthread_mutex_init(&cancels->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&cancels->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	while (r == 0 && cancels->started < CANCELS_THREADS) {
		r = pthread_create(
			&cancels->threads[cancels->started], &attributes, cancels_run, cancels);
		if (r == 0)
			cancels->started++;
	}
	pthread_attr_destroy(&attributes);
	if (r != 0) {
		cancels_destroy(cancels);
		return fault(FAULT_SYSTEM, "cannot start a thread: %s", strerror(r));
	}
	*ret_cancels = cancels;
	return 0;
}

void cancels_stop(struct cancels *cancels)
{
	pthread_mutex_lock(&cancels->lock);
	cancels->stop = true;
	cancels->count = 0;
	pthread_cond_broadcast(&cancels->changed);
	pthread_mutex_unlock(&cancels->lock);
}

bool cancels_done(struct cancels *cancels)
{
	pthread_mutex_lock(&cancels->lock);
	bool done = cancels->count == 0 && cancels->under_way == 0;
	pthread_mutex_unlock(&cancels->lock);
	return done;
}

void cancels_destroy(struct cancels *cancels)
{
	if (!cancels)
		return;
	cancels_stop(cancels);
	for (int i = 0; i < cancels->started; i++)
		pthread_join(cancels->threads[i], NULL);
	pthread_cond_destroy(&cancels->changed);
	pthread_mutex_destroy(&cancels->lock);
	free(cancels->list);
	free(cancels);
}
