/*
 * The exporter: sends the process's spans to a collector, by OTLP/HTTP in binary Protobuf
 * (OpenTelemetry Protocol 1.x, section OTLP/HTTP; opentelemetry-proto, trace/v1).
 *
 * One thread, one a process. What the collector does not take is never waited for by anybody
 * else: a batch that it cannot take now is tried again a few times with growing pauses, then
 * dropped; meanwhile the ring fills and what comes is dropped too. All that is dropped is
 * counted: orderlab_trace_spans_total{result}, orderlab_trace_exports_total{result}.
 */
#pragma once

#include <stdint.h>

struct exporter_config {
	const char *endpoint; /* "http://127.0.0.1:4318"; spans go to its /v1/traces */
	const char *service;  /* service.name */
	const char *instance; /* service.instance.id */
	int64_t period_ms;    /* between two looks at the ring; 0: 1000 */
	int64_t pause_ms;     /* before a batch is tried again, doubled each time; 0: 500 */
};

/* Before the threads that record. FAULT_USAGE when the endpoint is no http://host:port. */
int exporter_start(const struct exporter_config *config);
/*
 * After the threads that record. Sends what is there for at most a second, beside a call
 * that is under way (at most two); the rest is dropped and counted. Does nothing when no
 * exporter runs.
 */
void exporter_stop(void);
