/*
 * How long an event takes from the commit of its outbox row until a
 * read_committed consumer has it.
 *
 * Writers insert one row a transaction on a fixed schedule, whether the ones
 * before were quick or slow (an open loop: a stall shows in every event it
 * delays). The consumer is the one all services use. Two clocks are kept for an
 * event: when it was due, and when its commit was answered.
 */
#include <base/arena.h>
#include <base/clock.h>
#include <base/fault.h>
#include <base/settings.h>
#include <base/uuid.h>
#include <bus/consumer.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/store.h>
#include <string.h>
#include <time.h>

#define WRITERS_MAX 32
#define ARENA_MAX (1 << 16)
#define QUIET_US (10 * US_PER_S)
#define WARM_UP_US (3 * US_PER_S)

struct event {
	int64_t due_us;
	_Atomic int64_t committed_us;
	int64_t arrived_us; /* 0: not yet */
};

struct writer {
	pthread_t thread;
	int number;
	int result;
	char words[512];
};

static const char *database_url, *database_password, *bootstrap, *topic;
static int64_t rate, seconds, writer_count, payload_size;
static struct event *events;
static int64_t event_count;
static int64_t begin_us;
static uint8_t run_id[16];

/* clang-format off */
static const struct setting settings[] = {
	{"database.url", SETTING_TEXT, &database_url, NULL, 0, 0, "libpq connection URI"},
	{"database.password", SETTING_SECRET, &database_password, "", 0, 0, "password of that role"},
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, NULL, 0, 0, "host:port of a broker"},
	{"topic", SETTING_TEXT, &topic, "payment.events", 0, 0, "topic, best an empty one"},
	{"rate", SETTING_NUMBER, &rate, "1000", 1, 100000, "transactions per second"},
	{"seconds", SETTING_NUMBER, &seconds, "20", 1, 600, "seconds of load"},
	{"writers", SETTING_NUMBER, &writer_count, "8", 1, WRITERS_MAX, "connections"},
	{"payload_size", SETTING_NUMBER, &payload_size, "200", 32, 65536, "bytes of payload"},
	{0},
};
/* clang-format on */

static const char *const scripts[] = {
	"PREPARE bench_insert(uuid, text, text, bytea, bigint) AS "
	"INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, sequence, occurred_at) "
	"VALUES ($1, $2, $3, 'Measured', $4, $5, clock_timestamp());",
	NULL,
};

static void sleep_until(int64_t at_us)
{
	struct timespec at = {.tv_sec = at_us / US_PER_S, .tv_nsec = at_us % US_PER_S * 1000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
		;
}

static int write_event(struct store *store, struct arena *arena, int64_t number)
{
	struct uuid id = uuid_make(clock_now_us());
	struct store_params *params = store_params_create(arena);
	uint8_t *payload = arena_alloc(arena, (size_t)payload_size);
	int r;

	memcpy(payload, run_id, sizeof(run_id));
	store_add_uuid(params, &id);
	store_add_text(params, topic);
	store_add_text(params, arena_format(arena, "key-%lld", (long long)(number % 1000)));
	store_add_bytes(params, payload, (size_t)payload_size);
	store_add_long(params, number);
	store_queue(store, "bench_insert", params);
	r = store_run(store, NULL, 0);
	atomic_store(&events[number].committed_us, clock_monotonic_us());
	return r;
}

static void *write_events(void *argument)
{
	struct writer *writer = argument;
	const struct store_config config = {
		.url = database_url,
		.password = *database_password ? database_password : NULL,
		.application = "latency",
		.scripts = scripts,
		.connect_timeout_ms = 5000,
		.statement_timeout_ms = 15000,
	};
	struct store *store = store_create(&config);
	struct arena *arena = arena_create(ARENA_MAX);
	int r = store_ready(store);

	for (int64_t n = writer->number; r == 0 && n < event_count; n += writer_count) {
		sleep_until(events[n].due_us);
		r = write_event(store, arena, n);
		arena_reset(arena);
	}
	if (r < 0)
		snprintf(writer->words, sizeof(writer->words), "%s", fault_text());
	writer->result = r;
	arena_destroy(arena);
	store_destroy(store);
	return NULL;
}

/* The event's number, or -1 for a message of another run. */
static int64_t number_of(const struct bus_message *message)
{
	struct bus_header header;
	char text[24];

	if (message->value_size < sizeof(run_id) ||
		memcmp(message->value, run_id, sizeof(run_id)) != 0 ||
		!bus_header_find(message, "sequence", &header) || header.size >= sizeof(text))
		return -1;
	memcpy(text, header.value, header.size);
	text[header.size] = '\0';
	return strtoll(text, NULL, 10);
}

static int64_t note_arrivals(const struct bus_batch *batch)
{
	int64_t now_us = clock_monotonic_us();
	int64_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		int64_t number = number_of(&batch->messages[i]);

		if (number < 0 || number >= event_count || events[number].arrived_us)
			continue;
		events[number].arrived_us = now_us;
		count++;
	}
	return count;
}

static int consume(struct bus_consumer *consumer, int64_t *ret_arrived)
{
	int64_t last_us = begin_us + seconds * US_PER_S;
	int64_t arrived = 0;

	while (arrived < event_count && clock_monotonic_us() < last_us + QUIET_US) {
		struct bus_batch batch;
		int r = bus_consumer_poll(consumer, 100, &batch);

		if (r < 0)
			return r;
		arrived += note_arrivals(&batch);
		bus_consumer_release(consumer, &batch);
	}
	*ret_arrived = arrived;
	return 0;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double milliseconds(const int64_t *sorted, int64_t count, double share)
{
	int64_t at = (int64_t)(share * (double)(count - 1) + 0.5);

	return (double)sorted[at] / (double)US_PER_MS;
}

static void report_one(const char *name, const int64_t *sorted, int64_t count, const char *end)
{
	printf("\"%s\":{\"p50_ms\":%.2f,\"p90_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,"
	       "\"max_ms\":%.2f}%s",
		name, milliseconds(sorted, count, 0.5), milliseconds(sorted, count, 0.9),
		milliseconds(sorted, count, 0.99), milliseconds(sorted, count, 0.999),
		milliseconds(sorted, count, 1.0), end);
}

static void report(int64_t arrived)
{
	int64_t *since_commit = calloc((size_t)arrived, sizeof(*since_commit));
	int64_t *since_due = calloc((size_t)arrived, sizeof(*since_due));
	int64_t count = 0;

	for (int64_t n = 0; n < event_count; n++) {
		int64_t took_us;

		if (!events[n].arrived_us)
			continue;
		/* The consumer may have it before the writer has its answer. */
		took_us = events[n].arrived_us - atomic_load(&events[n].committed_us);
		since_commit[count] = took_us > 0 ? took_us : 0;
		since_due[count] = events[n].arrived_us - events[n].due_us;
		count++;
	}
	qsort(since_commit, (size_t)count, sizeof(*since_commit), compare);
	qsort(since_due, (size_t)count, sizeof(*since_due), compare);
	printf("{\"rate\":%lld,\"sent\":%lld,\"arrived\":%lld,", (long long)rate,
		(long long)event_count, (long long)arrived);
	report_one("commit_to_visible", since_commit, count, ",");
	report_one("due_to_visible", since_due, count, "}\n");
	free(since_commit);
	free(since_due);
}

static void prepare_events(void)
{
	struct uuid id = uuid_make(clock_now_us());

	memcpy(run_id, id.bytes, sizeof(run_id));
	event_count = rate * seconds;
	events = calloc((size_t)event_count, sizeof(*events));
	begin_us = clock_monotonic_us() + WARM_UP_US;
	for (int64_t n = 0; n < event_count; n++)
		events[n].due_us = begin_us + n * US_PER_S / rate;
}

static int run(struct bus_consumer *consumer)
{
	static struct writer writers[WRITERS_MAX];
	int64_t arrived = 0;
	int r;

	prepare_events();
	for (int i = 0; i < writer_count; i++) {
		writers[i].number = i;
		pthread_create(&writers[i].thread, NULL, write_events, &writers[i]);
	}
	r = consume(consumer, &arrived);
	for (int i = 0; i < writer_count; i++) {
		pthread_join(writers[i].thread, NULL);
		if (writers[i].result < 0)
			r = fault(FAULT_DB, "writer %d: %s", i, writers[i].words);
	}
	if (r == 0 && arrived > 0)
		report(arrived);
	if (r == 0 && arrived < event_count)
		r = fault(FAULT_STATE, "%lld of %lld events never arrived",
			(long long)(event_count - arrived), (long long)event_count);
	free(events);
	return r;
}

int main(int argc, char **argv)
{
	static const struct setting *const tables[] = {settings, NULL};
	const struct settings_program program = {
		.name = "relay-latency",
		.purpose = "Measures commit to visible at read_committed through a running relay.",
		.tables = tables,
	};
	const char *topics[] = {NULL, NULL};
	char group[64];
	struct bus_consumer *consumer = NULL;
	int r = settings_read(&program, argc, argv, NULL);

	if (r == SETTINGS_EXIT)
		return 0;
	topics[0] = topic;
	snprintf(group, sizeof(group), "latency.%lld", (long long)clock_now_us());
	if (r == 0)
		r = bus_consumer_create(
			&(struct bus_consumer_config){
				.bootstrap = bootstrap,
				.group = group,
				.client_id = "latency",
				.topics = topics,
				.batch_max = BUS_BATCH_MAX,
				.batch_bytes_max = 1 << 20,
			},
			&consumer);
	if (r == 0)
		r = run(consumer);
	bus_consumer_destroy(consumer);
	if (r < 0)
		fprintf(stderr, "relay-latency: %s\n", fault_text());
	return r == 0 ? 0 : 1;
}
