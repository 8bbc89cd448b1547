#include "otlp.h"
#include "recorder.h"

#include <base/backoff.h>
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <errno.h>
#include <http/client.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <trace/exporter.h>

#define RING_CAPACITY 2048
#define CROWD (RING_CAPACITY / 4)
#define BATCH_MAX 512
#define BATCH_BYTES_MAX (1u << 20)
#define PERIOD_MS 1000
#define PAUSE_FIRST_MS 500
#define PAUSE_MAX_MS 5000
#define RETRY_AFTER_MAX_S 30
#define TRIES_MAX 4
#define CALL_MAX_MS 2000
#define STOP_MAX_MS 1000

struct exporter {
	struct recorder recorder;
	struct http_client *client;
	int64_t period_ms;
	pthread_t thread;
	sem_t wake; /* posted when many wait, and at the end */
	atomic_bool woken, stopping;
	_Atomic int64_t until_us; /* monotonic: nothing is sent after; 0: not yet known */
	/* Of the thread alone. */
	struct backoff backoff;
	bool away;           /* the latest call failed: said once */
	struct buffer spans; /* of the batch in hand */
	struct buffer request;
	size_t count; /* spans in the batch */
	size_t resource_size;
	uint8_t resource[OTLP_RESOURCE_BYTES];
};

static struct exporter *running;

/* clang-format off */
#define EXPORTS(result) METRIC(METRIC_COUNTER, "orderlab_trace_exports_total", "result=\"" result "\"", "Calls to the collector of spans.")
/* clang-format on */
static struct metric answered = EXPORTS("ok"), failed = EXPORTS("failed");

enum { NOT_NOW = 1, NEVER };

static void wake(struct exporter *exporter)
{
	/* One post is enough until the thread has looked. */
	if (!atomic_exchange(&exporter->woken, true))
		(void)sem_post(&exporter->wake);
}

static void on_crowd(void)
{
	wake(running);
}

/* Until the time is up or somebody wakes us. */
static void wait(struct exporter *exporter, int64_t pause_ms)
{
	int64_t until_us = clock_monotonic_us() + pause_ms * US_PER_MS;
	const struct timespec until = {
		.tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * 1000};

	while (sem_clockwait(&exporter->wake, CLOCK_MONOTONIC, &until) < 0 && errno == EINTR)
		;
	atomic_store(&exporter->woken, false);
}

/* Between two tries: what comes meanwhile waits or is dropped; only the end wakes us. */
static void rest(struct exporter *exporter, int64_t pause_ms)
{
	atomic_store(&exporter->woken, true);
	wait(exporter, pause_ms);
}

static int64_t left_ms(const struct exporter *exporter)
{
	int64_t until_us = atomic_load(&exporter->until_us);

	return until_us == 0 ? INT64_MAX : (until_us - clock_monotonic_us()) / US_PER_MS;
}

/* ---- one call ---- */

static bool may_be_tried_again(int status)
{
	return status == 429 || status == 502 || status == 503 || status == 504;
}

static void say_away(struct exporter *exporter, int r)
{
	if (!exporter->away)
		log_fault(LOG_WARNING, r, "spans cannot be sent; they are dropped meanwhile");
	exporter->away = true;
}

static void take_answer(struct exporter *exporter, const struct http_answer *answer)
{
	int64_t rejected = otlp_rejected(answer->body.data, answer->body.size);

	if (rejected > (int64_t)exporter->count)
		rejected = (int64_t)exporter->count;
	metric_add(&answered, 1);
	recorder_count(SPANS_REFUSED, rejected);
	recorder_count(SPANS_EXPORTED, (int64_t)exporter->count - rejected);
	if (exporter->away)
		log_info("spans are sent again");
	exporter->away = false;
	backoff_reset(&exporter->backoff);
}

/* 0; NOT_NOW with *ret_pause_ms when the collector asks for a longer pause; NEVER. */
static int send(struct exporter *exporter, int64_t *ret_pause_ms)
{
	static const char *const headers[] = {"Content-Type: application/x-protobuf", NULL};
	struct http_answer answer;
	int64_t timeout_ms = left_ms(exporter);
	int r = http_client_call(exporter->client,
		&(struct http_call){
			.method = "POST",
			.path = "/v1/traces",
			.headers = headers,
			.body = exporter->request.data,
			.body_size = exporter->request.size,
			.timeout_ms = (int)(timeout_ms < CALL_MAX_MS ? timeout_ms : CALL_MAX_MS),
		},
		&answer);

	if (r == 0 && answer.status / 100 != 2)
		r = fault(FAULT_PEER, "the collector answered %d", answer.status);
	if (r == 0) {
		take_answer(exporter, &answer);
	} else {
		long after_s = strtol(answer.retry_after, NULL, 10);
		bool again = answer.status == 0 || may_be_tried_again(answer.status);

		*ret_pause_ms = (after_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : after_s) * 1000;
		metric_add(&failed, 1);
		say_away(exporter, r);
		r = again ? NOT_NOW : NEVER;
	}
	http_answer_finish(&answer);
	return r;
}

/* ---- batches ---- */

static bool gather(struct exporter *exporter)
{
	struct ring *ring = exporter->recorder.ring;
	struct ring_cell *cell;

	buffer_reset(&exporter->spans);
	exporter->count = 0;
	while (exporter->count < BATCH_MAX && (cell = ring_peek(ring)) != NULL) {
		buffer_add(&exporter->spans, cell->bytes, cell->size);
		ring_release(ring, cell);
		exporter->count++;
	}
	return exporter->count > 0;
}

/* Tries the batch in hand a few times; when they are used up it is dropped. */
static void send_batch(struct exporter *exporter)
{
	enum span_result fate = SPANS_UNSENT;

	buffer_reset(&exporter->request);
	otlp_request(
		exporter->resource, exporter->resource_size, &exporter->spans, &exporter->request);
	for (int tries = 1; left_ms(exporter) > 0; tries++) {
		int64_t pause_ms, longer_ms = 0;
		int r = send(exporter, &longer_ms);

		if (r == 0)
			return;
		if (r == NEVER)
			fate = SPANS_REFUSED;
		/* At the end one try must do. */
		if (r == NEVER || tries == TRIES_MAX || atomic_load(&exporter->stopping))
			break;
		pause_ms = backoff_next_ms(&exporter->backoff);
		rest(exporter, pause_ms > longer_ms ? pause_ms : longer_ms);
	}
	recorder_count(fate, (int64_t)exporter->count);
}

static void *run(void *argument)
{
	struct exporter *exporter = argument;
	bool stopping;

	do {
		stopping = atomic_load(&exporter->stopping);
		if (!stopping)
			wait(exporter, exporter->period_ms);
		while (gather(exporter))
			send_batch(exporter);
	} while (!stopping);
	return NULL;
}

/* ---- start and end ---- */

static void destroy(struct exporter *exporter)
{
	http_client_destroy(exporter->client);
	ring_destroy(exporter->recorder.ring);
	buffer_finish(&exporter->spans);
	buffer_finish(&exporter->request);
	(void)sem_destroy(&exporter->wake);
	free(exporter);
}

static struct exporter *create(const struct exporter_config *config)
{
	struct exporter *exporter = calloc(1, sizeof(*exporter));

	if (!exporter)
		return NULL;
	exporter->recorder = (struct recorder){
		.ring = ring_create(RING_CAPACITY), .crowded = on_crowd, .crowd = CROWD};
	exporter->period_ms = config->period_ms > 0 ? config->period_ms : PERIOD_MS;
	exporter->backoff = (struct backoff){
		.first_ms = config->pause_ms > 0 ? config->pause_ms : PAUSE_FIRST_MS,
		.pause_max_ms = PAUSE_MAX_MS};
	exporter->client = http_client_create(config->endpoint, 1);
	exporter->resource_size =
		otlp_resource(SPAN_ATTRIBUTES(SPAN_TEXT("service.name", config->service),
				      SPAN_TEXT("service.namespace", "order-lab"),
				      SPAN_TEXT("service.instance.id", config->instance)),
			exporter->resource);
	buffer_init(&exporter->spans, BATCH_BYTES_MAX);
	buffer_init(&exporter->request, BATCH_BYTES_MAX);
	(void)sem_init(&exporter->wake, 0, 0);
	return exporter;
}

int exporter_start(const struct exporter_config *config)
{
	struct exporter *exporter = create(config);

	if (!exporter || !exporter->recorder.ring)
		return fault(FAULT_SYSTEM, "no memory for spans");
	if (!exporter->client) {
		destroy(exporter);
		return fault(FAULT_USAGE,
			"otel.exporter.otlp.endpoint: \"%s\" is no http://host:port",
			config->endpoint);
	}
	running = exporter;
	if (pthread_create(&exporter->thread, NULL, run, exporter) != 0) {
		running = NULL;
		destroy(exporter);
		return fault(FAULT_SYSTEM, "no thread to send spans");
	}
	recorder_register_metrics();
	metric_register(&answered);
	metric_register(&failed);
	recorder_set(&exporter->recorder);
	return 0;
}

void exporter_stop(void)
{
	struct exporter *exporter = running;

	if (!exporter)
		return;
	recorder_set(NULL);
	atomic_store(&exporter->until_us, clock_monotonic_us() + STOP_MAX_MS * US_PER_MS);
	atomic_store(&exporter->stopping, true);
	(void)sem_post(&exporter->wake);
	pthread_join(exporter->thread, NULL);
	running = NULL;
	log_info("no more spans are sent", LOG_NUMBER("exported", recorder_counted(SPANS_EXPORTED)),
		LOG_NUMBER("dropped",
			recorder_counted(SPANS_FULL) + recorder_counted(SPANS_UNSENT) +
				recorder_counted(SPANS_REFUSED)));
	destroy(exporter);
}
