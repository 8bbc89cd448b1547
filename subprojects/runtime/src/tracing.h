/*
 * The spans that every process makes of its own accord: of the HTTP requests it answers and of
 * the messages it handles. And the settings of all spans.
 */
#pragma once

#include <base/settings.h>
#include <http/server.h>
#include <runtime/handler.h>

extern const struct setting tracing_settings[];

/* Once the settings are read, before there are threads. FAULT_USAGE for a setting that is wrong. */
int tracing_start(const char *service, const char *member);
/* When there are none any more. */
void tracing_stop(void);

void tracing_served(const struct http_served *served);

/* A batch of @group is through: a span for each message, from when the batch was taken. */
void tracing_batch(const struct runtime_batch *batch, const char *group, int64_t taken_us);
