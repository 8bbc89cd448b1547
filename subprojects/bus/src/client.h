/*
 * What every librdkafka handle of this library shares: configuration, logging,
 * the time of the last answer from a broker, and what its errors mean to us.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_error_s;

#define CLIENT_WORDS_SIZE 480
#define CLIENT_SOCKET_TIMEOUT_MS 10000

/* One configuration property. */
struct client_option {
	const char *name;
	const char *value;
	bool may_be_unknown; /* only newer versions of librdkafka have it */
};

/*
 * What the handle's callbacks write down. It must outlive the handle; alive_us is
 * written by librdkafka's own threads, the rest while we poll.
 */
struct client_watch {
	_Atomic int64_t alive_us; /* monotonic; the last answer of any broker */
	int disconnects;          /* connections lost since the caller set it to 0 */
	int trouble;              /* a fault told since the caller set it to 0, or 0 */
	char words[CLIENT_WORDS_SIZE];
};

/* The configuration: what all share, then @options (name NULL ends), then @extra "name=value". */
int client_conf_create(const char *bootstrap, const char *client_id,
	const struct client_option *options, const char *const *extra, struct client_watch *watch,
	struct rd_kafka_conf_s **ret_conf);
/* The same again, for another handle with the same @watch. */
struct rd_kafka_conf_s *client_conf_copy(
	const struct rd_kafka_conf_s *conf, struct client_watch *watch);
int client_conf_set(struct rd_kafka_conf_s *conf, const char *name, const char *value);
int client_conf_set_number(struct rd_kafka_conf_s *conf, const char *name, int64_t value);

/* Takes @conf, also when it fails. */
int client_create_producer(struct rd_kafka_conf_s *conf, struct rd_kafka_s **ret_client);
int client_create_consumer(struct rd_kafka_conf_s *conf, struct rd_kafka_s **ret_client);

/* Writes an error down that came as an event; a fatal one by its own name. */
void client_note(
	struct client_watch *watch, struct rd_kafka_s *client, int code, const char *reason);

/* FAULT_BUS, FAULT_BUS_CONFIG, FAULT_LIMIT or FAULT_STATE for a rd_kafka_resp_err_t. */
int client_fault_kind(int code);
/* Raises it with words: "@what: the error's text". */
int client_fault(int code, const char *what);
/* The same, unless the callbacks have noted what it is that came in between: a refusal
 * shows as a time-out otherwise. */
int client_fault_seen(
	struct rd_kafka_s *client, struct client_watch *watch, int code, const char *what);

/* What is to be done about a failed step of a transaction. */
enum client_error {
	CLIENT_ABORT = 1, /* abort the transaction, then do it again */
	CLIENT_RETRY,     /* the same call again with the same arguments */
	CLIENT_FENCED,    /* the coordinator knows a newer epoch of this id */
	CLIENT_LOST,      /* this producer can do no more: make another */
};

/* The order of the questions matters: an error may be several of these at once. */
enum client_error client_error_of(const struct rd_kafka_error_s *error);
enum client_error client_error_class(bool requires_abort, bool retriable, int code);
