/*
 * A process of the lab: what it is called, what it needs, what it does. main.c
 * of a service is one of these and service_main().
 *
 * service_main() reads the settings, waits for the database (for ever, with
 * growing pauses), migrates it, makes the outbox's replication slot, starts the
 * HTTP server, runs the loop until SIGTERM or SIGINT, finishes the batch in
 * hand and leaves.
 *
 * Exit codes: 0 told to stop · 2 settings · 3 refused: a person must act (the
 * last log line says what) · 4 another process holds the id now (fenced).
 */
#pragma once

#include <base/settings.h>
#include <http/server.h>
#include <runtime/handler.h>
#include <store/migrate.h>
#include <store/pool.h>

#define EXIT_CODE_USAGE 2
#define EXIT_CODE_REFUSED 3
#define EXIT_CODE_FENCED 4

struct runtime;

struct service {
	const char *name;                   /* "payment": group, instance, database role */
	const char *purpose;                /* one sentence for --help */
	const struct setting *settings;     /* its own, or NULL */
	bool needs_database, needs_kafka;   /* which settings it takes, what /readyz asks */
	const struct migration *migrations; /* applied at start; NULL: it owns no tables */
	const char *const *scripts;         /* PREPAREs for every connection, NULL-ended */
	const char *slot;                   /* its outbox's replication slot, or NULL */
	const struct handler *handler;      /* what it does with messages, or NULL */
	const struct http_route *routes;    /* beside /livez /readyz /metrics, or NULL */
	int http_threads;                   /* 0: 4 */
	/* Before every route, see http_server_config. NULL: all are admitted. */
	bool (*admit)(void *context, const struct http_request *request, struct http_reply *reply);
	/* After migrations, before HTTP and the loop. Sets *ret_context for handlers and routes. */
	int (*start)(struct runtime *runtime, void **ret_context);
	void (*stop)(void *context);
	/* Instead of the loop: runs until runtime_stopping(). NULL: the loop, or just waiting. */
	int (*run)(struct runtime *runtime, void *context);
	/* Beside database and Kafka: 0 or a fault. May be NULL. */
	int (*ready)(void *context);
	/* Statements that remove what is old, run every hour by the loop, NULL-ended; or NULL.
	 * Each answers how many rows it removed, one bigint, and is run again while that is
	 * not 0: a few thousand at a time, for messages wait meanwhile. */
	const char *const *sweep;
};

int service_main(const struct service *service, int argc, char **argv);

/* True from SIGTERM or SIGINT on. */
bool runtime_stopping(void);
/* Sleeps up to @pause_ms, less when stopping. */
void runtime_pause(int64_t pause_ms);

const struct store_config *runtime_store_config(const struct runtime *runtime);
const char *runtime_bootstrap(const struct runtime *runtime);
/* "payment-1": group.instance.id and transactional.id of this process. */
const char *runtime_member(const struct runtime *runtime);
const char *const *runtime_bus_options(const struct runtime *runtime);
