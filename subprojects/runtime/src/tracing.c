#include "tracing.h"

#include <base/clock.h>
#include <base/fault.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trace/exporter.h>
#include <trace/span.h>

static const char *endpoint, *ratio, *service_name;

/* The variables' names are OpenTelemetry's. */
/* clang-format off */
const struct setting tracing_settings[] = {
	{"otel.exporter.otlp.endpoint", SETTING_TEXT, &endpoint, "", 0, 0, "http://host:port of a collector of spans (OTLP/HTTP); empty: no spans"},
	{"otel.traces.sampler.arg", SETTING_TEXT, &ratio, "1", 0, 0, "how many of the traces that begin here have spans, 0 to 1; others as they came"},
	{"otel.service.name", SETTING_TEXT, &service_name, "", 0, 0, "what its spans call this process; empty: its name"},
	{0},
};
/* clang-format on */

static int read_ratio(double *ret_ratio)
{
	char *end;
	double value = strtod(ratio, &end);

	/* Not "value < 0": a NaN is neither. */
	if (end == ratio || *end != '\0' || !(value >= 0 && value <= 1))
		return fault(FAULT_USAGE,
			"otel.traces.sampler.arg: \"%s\" is no number from 0 to 1", ratio);
	*ret_ratio = value;
	return 0;
}

int tracing_start(const char *service, const char *member)
{
	double value = 1;
	int r = read_ratio(&value);

	if (r < 0)
		return r;
	trace_sample(value);
	if (!*endpoint)
		return 0;
	return exporter_start(&(struct exporter_config){
		.endpoint = endpoint,
		.service = *service_name ? service_name : service,
		.instance = member,
	});
}

void tracing_stop(void)
{
	exporter_stop();
}

/* ---- HTTP ---- */

/* A stranger may call a method anything; a name of spans should be one of few. */
static const char *known_method(const char *method)
{
	static const char *const known[] = {
		"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i], method) == 0)
			return known[i];
	}
	return NULL;
}

void tracing_served(const struct http_served *served)
{
	const struct http_request *request = served->request;
	const char *method = known_method(request->method);
	int64_t end_us;
	char status[16];

	if (!span_wanted(&request->trace))
		return;
	end_us = clock_now_us();
	(void)snprintf(status, sizeof(status), "%d", served->status);
	span_record(&(struct span){
		.trace = request->trace,
		.kind = SPAN_SERVER,
		.name = method ? method : "HTTP",
		.target = served->route,
		.start_us = end_us - served->duration_us,
		.end_us = end_us,
		.failed = served->status >= 500,
		.attributes = SPAN_ATTRIBUTES(
			SPAN_TEXT("http.request.method", method ? method : "_OTHER"),
			SPAN_TEXT("http.route", served->route),
			SPAN_NUMBER("http.response.status_code", served->status),
			SPAN_TEXT("url.scheme", "http"), SPAN_TEXT("url.path", request->path),
			SPAN_TEXT("client.address", request->client),
			SPAN_TEXT("error.type", served->status >= 500 ? status : NULL)),
	});
}

/* ---- messages ---- */

static void record(const struct runtime_message *message, const struct runtime_batch *batch,
	const char *group, int64_t taken_us, int64_t end_us)
{
	bool poison = message->outcome == POISON, duplicate = message->redelivered && !poison;
	char partition[16];

	(void)snprintf(partition, sizeof(partition), "%" PRId32, message->raw.partition);
	span_record(&(struct span){
		.trace = message->trace,
		.kind = SPAN_CONSUMER,
		.name = "process",
		.target = message->raw.topic,
		.start_us = taken_us,
		.end_us = end_us,
		.failed = poison,
		.attributes = SPAN_ATTRIBUTES(SPAN_TEXT("messaging.system", "kafka"),
			SPAN_TEXT("messaging.operation.type", "process"),
			SPAN_TEXT("messaging.operation.name", "process"),
			SPAN_TEXT("messaging.destination.name", message->raw.topic),
			SPAN_TEXT("messaging.destination.partition.id", partition),
			SPAN_NUMBER("messaging.kafka.offset", message->raw.offset),
			SPAN_TEXT("messaging.consumer.group.name", group),
			SPAN_UUID("messaging.message.id",
				uuid_is_nil(&message->id) ? NULL : &message->id),
			SPAN_UUID("orderlab.order_id",
				uuid_is_nil(&message->key) ? NULL : &message->key),
			SPAN_TEXT("orderlab.event_type",
				message->event ? event_info(message->type)->name : NULL),
			SPAN_TEXT("orderlab.outcome",
				duplicate ? "duplicate" : outcome_name(message->outcome)),
			SPAN_NUMBER("orderlab.batch_size", batch->count),
			SPAN_TEXT("error.type", poison ? "poison" : NULL),
			SPAN_TEXT("orderlab.reason", message->reason)),
	});
}

void tracing_batch(const struct runtime_batch *batch, const char *group, int64_t taken_us)
{
	int64_t end_us = clock_now_us();

	for (size_t i = 0; i < batch->count; i++) {
		if (span_wanted(&batch->messages[i].trace))
			record(&batch->messages[i], batch, group, taken_us, end_us);
	}
}
