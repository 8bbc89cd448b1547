/*
 * What a span costs, in processor time of this process: recording it, and recording and
 * sending it. record http://host:port [COUNT]
 */
#include <base/clock.h>
#include <base/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <trace/exporter.h>
#include <trace/span.h>

#define AT_ONCE 400 /* and then a pause, as batches of messages come */

static int64_t used_ns(clockid_t clock)
{
	struct timespec used;

	(void)clock_gettime(clock, &used);
	return used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
}

static void record(const struct trace *parent, const struct uuid *id)
{
	struct trace trace = span_child(parent);

	span_record(&(struct span){
		.trace = trace,
		.kind = SPAN_CONSUMER,
		.name = "process",
		.target = "order.events",
		.start_us = clock_now_us(),
		.end_us = clock_now_us(),
		.attributes = SPAN_ATTRIBUTES(SPAN_TEXT("messaging.system", "kafka"),
			SPAN_TEXT("messaging.operation.type", "process"),
			SPAN_TEXT("messaging.operation.name", "process"),
			SPAN_TEXT("messaging.destination.name", "order.events"),
			SPAN_TEXT("messaging.destination.partition.id", "3"),
			SPAN_NUMBER("messaging.kafka.offset", 123456),
			SPAN_TEXT("messaging.consumer.group.name", "notification"),
			SPAN_UUID("messaging.message.id", id), SPAN_UUID("orderlab.order_id", id),
			SPAN_TEXT("orderlab.event_type", "OrderCompleted"),
			SPAN_TEXT("orderlab.outcome", "applied"),
			SPAN_NUMBER("orderlab.batch_size", 12)),
	});
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 40000;
	struct trace parent = trace_make();
	struct uuid id = uuid_make(clock_now_us());
	int64_t own_ns, all_ns;

	log_init("record", LOG_INFO);
	if (argc < 2 ||
		exporter_start(&(struct exporter_config){
			.endpoint = argv[1], .service = "record", .instance = "record-1"}) != 0)
		return 2;
	own_ns = used_ns(CLOCK_THREAD_CPUTIME_ID);
	all_ns = used_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (long i = 0; i < count; i++) {
		record(&parent, &id);
		if (i % AT_ONCE == AT_ONCE - 1)
			nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	}
	own_ns = used_ns(CLOCK_THREAD_CPUTIME_ID) - own_ns;
	exporter_stop();
	all_ns = used_ns(CLOCK_PROCESS_CPUTIME_ID) - all_ns;
	printf("%ld spans: recording %.2f us each, with sending %.2f us\n", count,
		(double)own_ns / 1000 / (double)count, (double)all_ns / 1000 / (double)count);
	return 0;
}
