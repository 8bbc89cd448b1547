/*
 * What the server's parts share: the server, and what each of its threads keeps.
 */
#pragma once

#include "access.h"
#include "guard.h"
#include "router.h"

#include <http/server.h>

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#define SERVING_HEAD_MS 5000
#define SERVING_BODY_MS 10000
#define SERVING_REPLY_MS 10000
#define SERVING_IDLE_MS 1000
/* civetweb's buffer. Larger than HTTP_HEAD_MAX: what lies between gets a proper 431. */
#define SERVING_HEAD_BUFFER (2 * HTTP_HEAD_MAX)
/* A worker keeps its buffers from request to request, unless one made them larger. */
#define SERVING_BUFFER_KEEP (16 * 1024)

struct mg_context;
struct mg_connection;

struct http_server {
	struct http_server_config config;
	struct mg_context *web;
	struct guard *guard;
	struct access **route_access; /* one for each route */
	struct access *own_access[4]; /* one for each of serving_routes */
	struct access *lost_access;   /* what fits no route */
	int port;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	int running; /* handlers at work */
	bool stopping;
	_Atomic bool starting;
	char words[256]; /* civetweb's complaint while starting */
};

/* One for each of civetweb's threads, which serve one connection at a time. */
struct worker {
	struct guard_slot *slot;
	uint64_t consumed_bytes; /* of the connection, by whole requests */
	struct buffer body, out;
	struct router_path path;
	time_t date_at;
	char date[40];
};

/* /livez, /readyz, /metrics; their handlers get the server as context. */
extern const struct http_route serving_routes[];

/* civetweb's callbacks: a request whose head is whole, and one that never got so far. */
int exchange_run(struct mg_connection *connection);
int exchange_refuse(struct mg_connection *connection, int status, const char *words);

/* @close: say that the connection ends behind it. */
void reply_send(struct mg_connection *connection, const struct http_request *request,
	const struct http_reply *reply, bool close);
