/*
 * Calls to other HTTP services (libcurl behind it): kept-alive connections, one
 * per concurrent call, any thread. Plain http only; redirects are answers like
 * any other; the environment's proxies are not used.
 *
 * A kept-alive connection may be closed by the server just when it is used again.
 * A call that found it closed before any byte of the answer came is sent once
 * more on a new connection, but only when sending it twice does no harm: GET, PUT,
 * DELETE, HEAD, OPTIONS, or any method with an Idempotency-Key. Other calls always
 * get a connection of their own. Nothing else is ever retried here.
 */
#pragma once

#include <base/buffer.h>
#include <base/trace.h>
#include <stdbool.h>
#include <stddef.h>

#define HTTP_ANSWER_MAX (1024 * 1024)

struct http_client;

struct http_call {
	const char *method;
	const char *path;           /* with query; starts with '/' */
	const char *const *headers; /* "Name: value", NULL-ended; may be NULL */
	const char *body;           /* NULL: none; application/json unless a header says else */
	size_t body_size;
	struct trace trace; /* sent as traceparent when set */
	int timeout_ms;     /* for all of it: waiting for a connection, too */
};

struct http_answer {
	int status;
	struct buffer body; /* at most HTTP_ANSWER_MAX */
	char content_type[64];
	char location[200]; /* these headers when present, else "" */
	char retry_after[16];
	char replayed[8]; /* Idempotency-Replayed */
	/* With FAULT_PEER: what is known of the request. */
	bool sent;      /* it went out, so the peer may have done it */
	bool timed_out; /* the time was up before the answer came */
};

void http_answer_finish(struct http_answer *answer);

/*
 * @base "http://127.0.0.1:9001", perhaps with a path before all others; NULL when it is not
 * that. Connects at the first call.
 */
struct http_client *http_client_create(const char *base, int connections_max);
void http_client_destroy(struct http_client *client);
/*
 * 0 whatever the status; FAULT_PEER when there was no whole answer. @answer is
 * made anew in both cases and is to be finished.
 */
int http_client_call(
	struct http_client *client, const struct http_call *call, struct http_answer *answer);
