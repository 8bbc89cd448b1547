/*
 * The exporter against a collector that does as it is told: an HTTP server of ours.
 */
#include "recorder.h"

#include <base/clock.h>
#include <http/server.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>
#include <trace/exporter.h>
#include <trace/span.h>

#define WAIT_US (20 * US_PER_S)
#define RING 2048 /* what the exporter has room for */
#define MARK "the-span"

struct collector {
	struct http_server *server;
	_Atomic int status; /* of the next answers */
	atomic_bool held;   /* answers wait as long as this */
	atomic_int calls, spans;
	int rejects; /* of each call, in words of the protocol */
	char type[64];
};

static struct collector collector;

static int count_spans(const char *bytes, size_t size)
{
	int count = 0;

	for (size_t i = 0; i + sizeof(MARK) - 1 <= size; i++)
		count += memcmp(bytes + i, MARK, sizeof(MARK) - 1) == 0;
	return count;
}

static int take_spans(void *context, const struct http_request *request, struct http_reply *reply)
{
	const char *type = http_request_header(request, "Content-Type");

	(void)context;
	(void)snprintf(collector.type, sizeof(collector.type), "%s", type ? type : "");
	atomic_fetch_add(&collector.calls, 1);
	while (atomic_load(&collector.held))
		sched_yield();
	reply->status = atomic_load(&collector.status);
	reply->content_type = "application/x-protobuf";
	if (reply->status == 200)
		atomic_fetch_add(&collector.spans, count_spans(request->body, request->body_size));
	if (collector.rejects > 0)
		buffer_add(
			&reply->body, (uint8_t[]){0x0a, 0x02, 0x08, (uint8_t)collector.rejects}, 4);
	return 0;
}

static void collector_start(int status)
{
	static const struct http_route routes[] = {{"POST", "/v1/traces", take_spans}, {0}};

	collector.status = status;
	expect_ok(http_server_start(
		&(struct http_server_config){
			.listen = "127.0.0.1:0", .threads = 2, .routes = routes},
		&collector.server));
}

static void start(const char *endpoint)
{
	expect_ok(exporter_start(&(struct exporter_config){.endpoint = endpoint,
		.service = "order",
		.instance = "order-1",
		.period_ms = 5,
		.pause_ms = 5}));
}

static void start_to_collector(void)
{
	char endpoint[64];

	(void)snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d/",
		http_server_port(collector.server));
	start(endpoint);
}

static void record(const struct trace *trace)
{
	span_record(&(struct span){
		.trace = *trace, .kind = SPAN_INTERNAL, .name = MARK, .start_us = 1, .end_us = 2});
}

static void record_many(int count)
{
	for (int i = 0; i < count; i++) {
		struct trace trace = trace_make();

		record(&trace);
	}
}

static void wait_counted(enum span_result result, int64_t count)
{
	int64_t until_us = clock_monotonic_us() + WAIT_US;

	while (recorder_counted(result) < count && clock_monotonic_us() < until_us)
		sched_yield();
	expect_int(recorder_counted(result), count);
}

static int64_t dropped(void)
{
	return recorder_counted(SPANS_FULL) + recorder_counted(SPANS_UNSENT) +
		recorder_counted(SPANS_REFUSED);
}

TEST(sends_what_is_recorded)
{
	collector_start(200);
	start_to_collector();
	record_many(10);
	wait_counted(SPANS_EXPORTED, 10);
	expect_int(atomic_load(&collector.spans), 10);
	expect_text(collector.type, "application/x-protobuf");
	exporter_stop();
	http_server_stop(collector.server);
	expect_int(dropped(), 0);
}

TEST(without_an_exporter_nothing_is_wanted)
{
	struct trace trace = trace_make(), child;

	expect(!span_wanted(&trace));
	record(&trace);
	child = span_child(&trace);
	expect_bytes(&child, sizeof(child), &trace, sizeof(trace));
	exporter_stop();
	expect_int(dropped(), 0);
}

TEST(an_unsampled_trace_is_not_recorded_and_gets_no_child)
{
	struct trace kept = trace_make(), not_kept = kept, child;

	not_kept.flags = 0;
	collector_start(200);
	start_to_collector();
	child = span_child(&not_kept);
	expect_bytes(&child, sizeof(child), &not_kept, sizeof(not_kept));
	child = span_child(&kept);
	expect_bytes(child.parent_id, 8, kept.span_id, 8);
	record(&not_kept);
	record(&child);
	exporter_stop();
	http_server_stop(collector.server);
	expect_int(atomic_load(&collector.spans), 1);
}

TEST(what_is_there_at_the_end_is_sent)
{
	collector_start(200);
	start_to_collector();
	record_many(1500);
	exporter_stop();
	http_server_stop(collector.server);
	expect_int(recorder_counted(SPANS_EXPORTED), 1500);
	expect_int(atomic_load(&collector.spans), 1500);
}

TEST(a_batch_is_tried_again_when_the_collector_is_overloaded)
{
	collector_start(503);
	start_to_collector();
	record_many(3);
	while (atomic_load(&collector.calls) < 2)
		sched_yield();
	atomic_store(&collector.status, 200);
	wait_counted(SPANS_EXPORTED, 3);
	exporter_stop();
	http_server_stop(collector.server);
	expect_int(dropped(), 0);
	expect_int(atomic_load(&collector.spans), 3);
}

TEST(what_the_collector_will_not_have_is_dropped_at_once)
{
	collector_start(400);
	start_to_collector();
	record_many(3);
	wait_counted(SPANS_REFUSED, 3);
	expect_int(atomic_load(&collector.calls), 1);
	exporter_stop();
	http_server_stop(collector.server);
	expect_int(recorder_counted(SPANS_EXPORTED), 0);
}

TEST(what_the_collector_says_it_has_not_taken_counts_as_dropped)
{
	collector.rejects = 2;
	collector_start(200);
	start_to_collector();
	record_many(5);
	exporter_stop();
	http_server_stop(collector.server);
	expect_int(recorder_counted(SPANS_REFUSED), 2 * atomic_load(&collector.calls));
	expect_int(recorder_counted(SPANS_EXPORTED) + dropped(), 5);
}

TEST(without_a_collector_spans_are_dropped_and_counted_and_nobody_waits)
{
	int64_t from_us;

	/* Nobody listens on port 1. */
	start("http://127.0.0.1:1");
	record_many(10);
	wait_counted(SPANS_UNSENT, 10);
	record_many(10);
	from_us = clock_monotonic_us();
	exporter_stop();
	expect(clock_monotonic_us() - from_us < 4 * US_PER_S);
	expect_int(recorder_counted(SPANS_UNSENT), 20);
	expect_int(recorder_counted(SPANS_EXPORTED), 0);
}

TEST(a_collector_that_does_not_answer_costs_spans_and_no_time)
{
	int64_t from_us;

	atomic_store(&collector.held, true);
	collector_start(200);
	start_to_collector();
	record_many(1);
	/* Its thread is inside the call from now on: nothing is taken out of the ring. */
	while (atomic_load(&collector.calls) < 1)
		sched_yield();
	from_us = clock_monotonic_us();
	record_many(RING + 100);
	expect(clock_monotonic_us() - from_us < US_PER_S);
	expect_int(recorder_counted(SPANS_FULL), 100);
	from_us = clock_monotonic_us();
	exporter_stop();
	/* A call of two seconds that is under way, and one second for the rest. */
	expect(clock_monotonic_us() - from_us < 6 * US_PER_S);
	expect_int(dropped(), 1 + RING + 100);
	atomic_store(&collector.held, false);
	http_server_stop(collector.server);
}

TEST(refuses_an_endpoint_that_it_cannot_reach_by_http)
{
	expect_fault(exporter_start(&(struct exporter_config){
			     .endpoint = "https://there:4318", .service = "order"}),
		FAULT_USAGE);
	expect(strstr(fault_text(), "https://there:4318") != NULL);
}

TESTS("trace exporter", TEST_CASE(sends_what_is_recorded),
	TEST_CASE(without_an_exporter_nothing_is_wanted),
	TEST_CASE(an_unsampled_trace_is_not_recorded_and_gets_no_child),
	TEST_CASE(what_is_there_at_the_end_is_sent),
	TEST_CASE(a_batch_is_tried_again_when_the_collector_is_overloaded),
	TEST_CASE(what_the_collector_will_not_have_is_dropped_at_once),
	TEST_CASE(what_the_collector_says_it_has_not_taken_counts_as_dropped),
	TEST_CASE(without_a_collector_spans_are_dropped_and_counted_and_nobody_waits),
	{"a_collector_that_does_not_answer_costs_spans_and_no_time",
		a_collector_that_does_not_answer_costs_spans_and_no_time, 30},
	TEST_CASE(refuses_an_endpoint_that_it_cannot_reach_by_http))
