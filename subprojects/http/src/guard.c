#include "guard.h"

#include "sockets.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/metrics.h>

#include <arpa/inet.h>
#include <assert.h>
#include <civetweb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 50
#define TICK_STOPPING_MS 5

struct guard_slot {
	bool taken, waiting, writing, shut;
	bool doomed; /* within one tick */
	const struct mg_connection *connection;
	int64_t entered_us, waiting_us, deadline_us;
};

struct guard {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct in_addr address; /* where to knock */
	int listen_port;
	bool stopping, ended;
	size_t count, taken;
	struct guard_slot slots[];
};

static struct metric connections = METRIC(
	METRIC_GAUGE, "orderlab_http_connections", NULL, "Open connections, each with a thread.");
static struct metric shut_late = METRIC(METRIC_COUNTER, "orderlab_http_connections_shut_total",
	"reason=\"deadline\"", "Connections shut because the client was too slow.");
static struct metric shut_room = METRIC(METRIC_COUNTER, "orderlab_http_connections_shut_total",
	"reason=\"room\"", "Connections shut because the client was too slow.");

static void register_metrics(void)
{
	metric_register(&connections);
	metric_register(&shut_late);
	metric_register(&shut_room);
}

/*
 * The peer's address is asked for as late as this, because civetweb does not tell it
 * when a connection begins. It stays as it is while the slot is taken.
 */
static bool is_slot(
	const struct guard *guard, const struct guard_slot *slot, const struct socket_ends *ends)
{
	const struct mg_request_info *info;

	if (!slot->taken || guard->listen_port != ends->local_port)
		return false;
	info = mg_get_request_info(slot->connection);
	return info != NULL && info->remote_port == ends->port &&
		strcmp(info->remote_addr, ends->address) == 0;
}

struct search {
	const struct guard *guard;
	const struct guard_slot *slot;
	int found;
};

static bool search_visit(void *context, int fd, const struct socket_ends *ends)
{
	struct search *search = context;

	if (is_slot(search->guard, search->slot, ends))
		search->found = fd;
	return search->found < 0;
}

int guard_socket(struct guard *guard, const struct guard_slot *slot)
{
	struct search search = {guard, slot, -1};

	(void)pthread_mutex_lock(&guard->lock);
	sockets_visit(search_visit, &search);
	(void)pthread_mutex_unlock(&guard->lock);
	return search.found;
}

static bool shut_visit(void *context, int fd, const struct socket_ends *ends)
{
	struct guard *guard = context;

	for (size_t i = 0; i < guard->count; i++) {
		struct guard_slot *slot = &guard->slots[i];

		if (!slot->doomed || !is_slot(guard, slot, ends))
			continue;
		slot->doomed = false;
		slot->shut = true;
		/* Shutting the receiving side leaves a reply that is on its way alone. */
		(void)shutdown(fd, slot->writing ? SHUT_RDWR : SHUT_RD);
	}
	return true;
}

/* Marks who has waited too long; answers how many. */
static size_t doom_slow(struct guard *guard, int64_t now_us)
{
	bool full = guard->taken == guard->count;
	size_t doomed = 0;

	for (size_t i = 0; i < guard->count; i++) {
		struct guard_slot *slot = &guard->slots[i];
		bool late = now_us >= slot->deadline_us;
		bool room = full && !slot->writing &&
			now_us - slot->waiting_us > GUARD_PATIENCE_MS * US_PER_MS;

		slot->doomed = slot->taken && slot->waiting && !slot->shut &&
			(late || room || (guard->stopping && !slot->writing));
		if (!slot->doomed)
			continue;
		doomed++;
		if (!guard->stopping)
			metric_add(late ? &shut_late : &shut_room, 1);
	}
	return doomed;
}

/* A connection that is made and dropped ends the accepting thread's wait. */
static void knock(const struct guard *guard)
{
	struct sockaddr_in self = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)guard->listen_port),
		.sin_addr = guard->address,
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	(void)connect(fd, (const struct sockaddr *)&self, sizeof(self));
	(void)close(fd);
}

static void wait_tick(struct guard *guard)
{
	struct timespec until;
	int64_t tick_ms = guard->stopping ? TICK_STOPPING_MS : TICK_MS;
	int64_t until_us = clock_monotonic_us() + tick_ms * US_PER_MS;

	if (guard->taken == 0 && !guard->stopping) {
		(void)pthread_cond_wait(&guard->changed, &guard->lock);
		return;
	}
	until.tv_sec = until_us / US_PER_S;
	until.tv_nsec = until_us % US_PER_S * 1000;
	(void)pthread_cond_timedwait(&guard->changed, &guard->lock, &until);
}

static void *watch(void *context)
{
	struct guard *guard = context;

	(void)pthread_mutex_lock(&guard->lock);
	while (!guard->ended) {
		if (doom_slow(guard, clock_monotonic_us()) != 0)
			sockets_visit(shut_visit, guard);
		if (guard->stopping)
			knock(guard);
		wait_tick(guard);
	}
	(void)pthread_mutex_unlock(&guard->lock);
	return NULL;
}

int guard_create(size_t slots, struct guard **ret_guard)
{
	static pthread_once_t registered = PTHREAD_ONCE_INIT;
	struct guard *guard = calloc(1, sizeof(*guard) + slots * sizeof(guard->slots[0]));
	pthread_condattr_t monotonic;
	int error;

	if (guard == NULL)
		return fault(FAULT_SYSTEM, "no memory for %zu connections", slots);
	(void)pthread_once(&registered, register_metrics);
	guard->count = slots;
	(void)pthread_mutex_init(&guard->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&guard->changed, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	error = pthread_create(&guard->thread, NULL, watch, guard);
	if (error != 0) {
		free(guard);
		return fault(FAULT_SYSTEM, "start a thread: %s", strerror(error));
	}
	*ret_guard = guard;
	return 0;
}

void guard_destroy(struct guard *guard)
{
	if (guard == NULL)
		return;
	(void)pthread_mutex_lock(&guard->lock);
	guard->ended = true;
	(void)pthread_cond_signal(&guard->changed);
	(void)pthread_mutex_unlock(&guard->lock);
	(void)pthread_join(guard->thread, NULL);
	(void)pthread_cond_destroy(&guard->changed);
	(void)pthread_mutex_destroy(&guard->lock);
	free(guard);
}

void guard_listen(struct guard *guard, const char *address, int port)
{
	(void)pthread_mutex_lock(&guard->lock);
	if (inet_pton(AF_INET, address, &guard->address) != 1 ||
		guard->address.s_addr == INADDR_ANY)
		guard->address.s_addr = htonl(INADDR_LOOPBACK);
	guard->listen_port = port;
	(void)pthread_mutex_unlock(&guard->lock);
}

struct guard_slot *guard_enter(struct guard *guard, const struct mg_connection *connection)
{
	struct guard_slot *slot = NULL;

	(void)pthread_mutex_lock(&guard->lock);
	for (size_t i = 0; i < guard->count && slot == NULL; i++) {
		if (!guard->slots[i].taken)
			slot = &guard->slots[i];
	}
	/* One slot for each thread, and a thread has one connection. */
	assert(slot != NULL);
	*slot = (struct guard_slot){
		.taken = true, .connection = connection, .entered_us = clock_monotonic_us()};
	guard->taken++;
	if (guard->taken == 1)
		(void)pthread_cond_signal(&guard->changed);
	(void)pthread_mutex_unlock(&guard->lock);
	metric_add(&connections, 1);
	return slot;
}

void guard_leave(struct guard *guard, struct guard_slot *slot)
{
	(void)pthread_mutex_lock(&guard->lock);
	slot->taken = false;
	guard->taken--;
	(void)pthread_mutex_unlock(&guard->lock);
	metric_add(&connections, -1);
}

static void wait_begin(struct guard *guard, struct guard_slot *slot, int timeout_ms, bool writing)
{
	(void)pthread_mutex_lock(&guard->lock);
	slot->waiting = true;
	slot->writing = writing;
	slot->waiting_us = clock_monotonic_us();
	slot->deadline_us = slot->waiting_us + timeout_ms * US_PER_MS;
	(void)pthread_mutex_unlock(&guard->lock);
}

void guard_wait(struct guard *guard, struct guard_slot *slot, int timeout_ms)
{
	wait_begin(guard, slot, timeout_ms, false);
}

void guard_write(struct guard *guard, struct guard_slot *slot, int timeout_ms)
{
	wait_begin(guard, slot, timeout_ms, true);
}

bool guard_work(struct guard *guard, struct guard_slot *slot)
{
	bool shut;

	(void)pthread_mutex_lock(&guard->lock);
	slot->waiting = false;
	shut = slot->shut;
	(void)pthread_mutex_unlock(&guard->lock);
	return shut;
}

int64_t guard_waited_ms(struct guard *guard, struct guard_slot *slot)
{
	int64_t since_us;

	(void)pthread_mutex_lock(&guard->lock);
	since_us = slot->waiting_us;
	(void)pthread_mutex_unlock(&guard->lock);
	return (clock_monotonic_us() - since_us) / US_PER_MS;
}

bool guard_should_yield(struct guard *guard, const struct guard_slot *slot)
{
	int64_t age_us = clock_monotonic_us() - slot->entered_us;
	bool full;

	if (age_us < GUARD_TURN_MS * US_PER_MS)
		return false;
	(void)pthread_mutex_lock(&guard->lock);
	full = guard->taken == guard->count;
	(void)pthread_mutex_unlock(&guard->lock);
	return full;
}

void guard_stop(struct guard *guard)
{
	(void)pthread_mutex_lock(&guard->lock);
	guard->stopping = true;
	(void)pthread_cond_signal(&guard->changed);
	(void)pthread_mutex_unlock(&guard->lock);
}
