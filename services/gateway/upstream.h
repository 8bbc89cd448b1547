/*
 * A service behind the gateway: called with what the client's request carries,
 * its answer handed back as it is, its absence told as a problem.
 */
#pragma once

#include <http/client.h>
#include <http/server.h>
#include <stdint.h>

struct upstream;

/* @name "order": in problems, metrics and the log. FAULT_USAGE when @url is none. */
int upstream_create(const char *name, const char *url, int connections_max, int64_t timeout_ms,
	struct upstream **ret_upstream);
void upstream_destroy(struct upstream *upstream);

struct upstream_call {
	const char *method, *path;
	const char *body; /* or NULL */
	size_t body_size;
	const char *key; /* Idempotency-Key, or NULL */
};

/* 0 or FAULT_PEER, counted and logged; @answer is to be finished either way. */
int upstream_ask(struct upstream *upstream, const struct http_request *request,
	const struct upstream_call *call, struct http_answer *answer);

/* upstream_ask(), and the answer, or the problem, into @reply. */
void upstream_forward(struct upstream *upstream, const struct http_request *request,
	const struct upstream_call *call, struct http_reply *reply);

/* Status, body, Location, Retry-After and Idempotency-Replayed as they came. */
void upstream_hand_back(const struct http_answer *answer, struct http_reply *reply);

/* A whole answer of 200 with JSON and nothing else to say: its body may stand for it. */
bool upstream_is_plain(const struct http_reply *reply);

/*
 * 503 when the request reached nobody; 504 and 502 when it may have been done: no
 * answer in time, or none that was whole.
 */
void upstream_problem(const struct upstream *upstream, const struct http_answer *answer,
	struct http_reply *reply);
