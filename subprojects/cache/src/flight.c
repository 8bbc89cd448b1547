#include <cache/flight.h>

#include <base/clock.h>
#include <base/metrics.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* At most as many as the process has threads that read: a list is enough. */
struct flight {
	struct flight *next;
	char *key;
	pthread_cond_t landed;
	int holders; /* the leader and everybody who waits */
	bool done, shared;
	struct buffer answer;
};

struct flights {
	pthread_mutex_t lock;
	struct flight *first; /* those that may be joined */
	size_t waiting;
};

#define LOADS(result) \
	METRIC(METRIC_COUNTER, "orderlab_cache_loads_total", "result=\"" result "\"", \
		"Misses: who loaded, who shared a load under way, who had to load alone.")
static struct metric led = LOADS("led"), shared = LOADS("shared"), alone = LOADS("alone");

struct flights *flights_create(void)
{
	struct flights *flights = calloc(1, sizeof(*flights));

	if (flights == NULL)
		return NULL;
	pthread_mutex_init(&flights->lock, NULL);
	metric_register(&led);
	metric_register(&shared);
	metric_register(&alone);
	return flights;
}

void flights_destroy(struct flights *flights)
{
	if (flights == NULL)
		return;
	pthread_mutex_destroy(&flights->lock);
	free(flights);
}

static struct flight *find(struct flights *flights, const char *key)
{
	struct flight *flight = flights->first;

	while (flight != NULL && strcmp(flight->key, key) != 0)
		flight = flight->next;
	return flight;
}

static void flight_destroy(struct flight *flight)
{
	pthread_cond_destroy(&flight->landed);
	buffer_finish(&flight->answer);
	free(flight->key);
	free(flight);
}

static struct flight *begin(struct flights *flights, const char *key)
{
	struct flight *flight = calloc(1, sizeof(*flight));
	pthread_condattr_t monotonic;

	if (flight == NULL)
		return NULL;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&flight->landed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	flight->key = strdup(key);
	if (flight->key == NULL) {
		flight_destroy(flight);
		return NULL;
	}
	flight->holders = 1;
	flight->next = flights->first;
	flights->first = flight;
	return flight;
}

/* No longer to be joined; who waits still gets the answer. */
static void take_out(struct flights *flights, const struct flight *flight)
{
	struct flight **link = &flights->first;

	while (*link != NULL && *link != flight)
		link = &(*link)->next;
	if (*link != NULL)
		*link = flight->next;
}

static void let_go(struct flight *flight)
{
	if (--flight->holders == 0)
		flight_destroy(flight);
}

static int wait_for(
	struct flights *flights, struct flight *flight, int64_t wait_ms, struct buffer *value)
{
	int64_t until_us = clock_monotonic_us() + wait_ms * US_PER_MS;
	const struct timespec until = {
		.tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * 1000};
	int r = 0;

	flight->holders++;
	flights->waiting++;
	while (!flight->done && r == 0)
		r = pthread_cond_timedwait(&flight->landed, &flights->lock, &until);
	flights->waiting--;
	r = flight->done && flight->shared ? 0 : FLIGHT_ALONE;
	if (r == 0)
		buffer_add(value, flight->answer.data, flight->answer.size);
	let_go(flight);
	return r;
}

int flight_join(struct flights *flights, const char *key, int64_t wait_ms, struct buffer *value,
	struct flight **ret_flight)
{
	struct flight *flight;
	int r;

	pthread_mutex_lock(&flights->lock);
	flight = find(flights, key);
	if (flight != NULL) {
		r = wait_for(flights, flight, wait_ms, value);
	} else {
		flight = begin(flights, key);
		r = flight == NULL ? FLIGHT_ALONE : FLIGHT_LEAD;
	}
	pthread_mutex_unlock(&flights->lock);
	metric_add(r == 0 ? &shared : r == FLIGHT_LEAD ? &led : &alone, 1);
	if (r == FLIGHT_LEAD)
		*ret_flight = flight;
	return r;
}

void flight_land(struct flights *flights, struct flight *flight, const void *bytes, size_t size)
{
	pthread_mutex_lock(&flights->lock);
	take_out(flights, flight);
	flight->done = true;
	flight->shared = bytes != NULL;
	if (flight->shared && flight->holders > 1)
		buffer_add(&flight->answer, bytes, size);
	pthread_cond_broadcast(&flight->landed);
	let_go(flight);
	pthread_mutex_unlock(&flights->lock);
}

void flights_cut(struct flights *flights)
{
	pthread_mutex_lock(&flights->lock);
	flights->first = NULL;
	pthread_mutex_unlock(&flights->lock);
}

size_t flights_waiting(struct flights *flights)
{
	size_t waiting;

	pthread_mutex_lock(&flights->lock);
	waiting = flights->waiting;
	pthread_mutex_unlock(&flights->lock);
	return waiting;
}
