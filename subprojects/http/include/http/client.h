/*
 * Calls to other HTTP services (libcurl behind it): kept-alive connections, one
 * per concurrent call, any thread.
 */
#pragma once

#include <base/buffer.h>
#include <base/trace.h>
#include <stddef.h>

struct http_client;

struct http_call {
	const char *method;
	const char *path;             /* with query; starts with '/' */
	const char *const *headers;   /* "Name: value", NULL-ended; may be NULL */
	const char *body;
	size_t body_size;
	struct trace trace;           /* sent as traceparent when set */
	int timeout_ms;
};

struct http_answer {
	int status;
	struct buffer body;           /* at most 1 MiB */
	char content_type[64];
	char location[200];           /* these headers when present, else "" */
	char retry_after[16];
	char replayed[8];             /* Idempotency-Replayed */
};

void http_answer_finish(struct http_answer *answer);

/* @base "http://127.0.0.1:9001". */
struct http_client *http_client_create(const char *base, int connections_max);
void http_client_destroy(struct http_client *client);
/* 0 whatever the status; FAULT_PEER when there was no whole answer. */
int http_client_call(
	struct http_client *client, const struct http_call *call, struct http_answer *answer);
