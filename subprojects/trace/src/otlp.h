/*
 * OTLP's messages in binary Protobuf, as far as spans need them. Pure.
 *
 *   ExportTraceServiceRequest { ResourceSpans { Resource, ScopeSpans { Scope, Span … } } }
 *
 * Source: opentelemetry-proto 1.x, trace/v1/trace.proto, common/v1/common.proto,
 * collector/trace/v1/trace_service.proto.
 */
#pragma once

#include <base/buffer.h>
#include <stddef.h>
#include <trace/span.h>

#define OTLP_RESOURCE_BYTES 512

/*
 * One span, as a field of ScopeSpans: such can stand one behind the other. Attributes that find
 * no room in @room bytes (at least 256) are left out, and their number is told. Returns the size.
 */
size_t otlp_span(const struct span *span, uint8_t *bytes, size_t room);

/* The attributes of a Resource. Returns the size. */
size_t otlp_resource(
	const struct span_attribute *attributes, uint8_t bytes[static OTLP_RESOURCE_BYTES]);

/* The whole request about @spans, encoded by otlp_span(). */
void otlp_request(const uint8_t *resource, size_t resource_size, const struct buffer *spans,
	struct buffer *out);

/*
 * How many spans the collector says it has not taken, by its answer
 * (ExportTraceServiceResponse); 0 for whatever is none.
 */
int64_t otlp_rejected(const void *answer, size_t size);
