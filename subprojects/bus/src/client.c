#include "client.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct client_option COMMON[] = {
	/* Small requests must not wait for each other (Nagle's algorithm). */
	{"socket.nagle.disable", "true"},
	{"socket.keepalive.enable", "true"},
	/* A broker that is away is looked for again soon. */
	{"socket.connection.setup.timeout.ms", "5000"},
	{"reconnect.backoff.ms", "50"},
	{"reconnect.backoff.max.ms", "1000"},
	/* A broker may close an idle connection: nothing for the log. */
	{"log.connection.close", "false"},
	{"allow.auto.create.topics", "false"},
	/* Newer clients would report their own metrics to the broker. */
	{"enable.metrics.push", "false", .may_be_unknown = true},
	{0},
};
/* clang-format on */

/* syslog(3)'s number; its header would redefine our own levels. */
#define SYSLOG_WARNING 4

/* What a connection begins with (Kafka protocol guide, API keys). */
enum { API_SASL_HANDSHAKE = 17, API_VERSIONS = 18, API_SASL_AUTHENTICATE = 36 };

static void log_line(const rd_kafka_t *client, int level, const char *facility, const char *line)
{
	/*
	 * Faults are told where they are answered; the library's own view is detail. That an
	 * option is not for this kind of client is none: all share one list.
	 */
	bool is_news = level <= SYSLOG_WARNING && strcmp(facility, "CONFWARN") != 0;
	enum log_level ours = is_news ? LOG_WARNING : LOG_DEBUG;

	(void)client;
	log_write(ours, LOG_FIELDS(LOG_TEXT("facility", facility), LOG_TEXT("detail", line)),
		"librdkafka");
}

#define WANTS_TLS \
	"; the broker hung up at our first word: if it wants TLS, give KAFKA_CA and " \
	"KAFKA_CERTIFICATE, or KAFKA_USER"

/* Before this one, the proof of a password is wrong in a way that Kafka 3.7.2, 3.8.1 and all
 * since refuse (librdkafka pull request 4895). */
#define SCRAM_IS_RIGHT 0x020601ff

/* What a person can do about a refusal, for the end of a sentence. */
static const char *advice(int code)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
		return rd_kafka_version() >= SCRAM_IS_RIGHT
			? "; look at KAFKA_USER and KAFKA_PASSWORD_FILE"
			: "; look at KAFKA_USER and KAFKA_PASSWORD_FILE; if they are right: "
			  "librdkafka before 2.6.1 fails at SCRAM with Kafka 4, so give "
			  "KAFKA_CERTIFICATE, or sasl.mechanism=PLAIN in KAFKA_OPTIONS";
	case RD_KAFKA_RESP_ERR__SSL:
		return "; look at KAFKA_CA, and at the broker's certificate";
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
		return "; no ACL of Kafka's allows it to KAFKA_USER";
	default:
		return "";
	}
}

/* librdkafka takes it for the network's doing also where the broker has said by TLS that it
 * does not want us. */
static void note_disconnect(struct client_watch *watch, const char *reason)
{
	watch->disconnects++;
	if (strstr(reason, "SSL alert number") == NULL)
		return;
	watch->trouble = FAULT_BUS_CONFIG;
	snprintf(watch->words, sizeof(watch->words),
		"%s; the broker refuses our certificate, or the lack of it: look at "
		"KAFKA_CERTIFICATE",
		reason);
}

/* No broker has ever answered, yet no connection has failed: they were closed in silence. */
static bool was_hung_up_on(const struct client_watch *watch)
{
	return watch->disconnects == 0 &&
		atomic_load_explicit(&watch->alive_us, memory_order_relaxed) == 0;
}

void client_note(struct client_watch *watch, rd_kafka_t *client, int code, const char *reason)
{
	bool hung_up;

	switch (code) {
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR__RESOLVE:
		/* One connection; the client makes another. */
		note_disconnect(watch, reason);
		return;
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
		hung_up = was_hung_up_on(watch);
		watch->disconnects++;
		/* Said behind every refusal, of which it is no news. */
		if (watch->trouble == FAULT_BUS_CONFIG)
			return;
		watch->trouble = FAULT_BUS;
		snprintf(watch->words, sizeof(watch->words), "%s%s", reason,
			hung_up ? WANTS_TLS : "");
		return;
	case RD_KAFKA_RESP_ERR__FATAL:
		code = (int)rd_kafka_fatal_error(client, watch->words, sizeof(watch->words));
		watch->trouble = client_fault_kind(code);
		return;
	default:
		break;
	}
	watch->trouble = client_fault_kind(code);
	snprintf(watch->words, sizeof(watch->words), "%s%s", reason, advice(code));
}

/* Runs while we poll. */
static void note_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
	client_note(opaque, client, code, reason);
}

/* Runs on librdkafka's threads: heartbeats keep the time fresh while nothing is consumed. */
static rd_kafka_resp_err_t note_response(rd_kafka_t *client, int socket, const char *broker,
	int32_t broker_id, int16_t api, int16_t version, int32_t correlation, size_t size,
	int64_t round_trip, rd_kafka_resp_err_t error, void *opaque)
{
	struct client_watch *watch = opaque;

	(void)client, (void)socket, (void)broker, (void)broker_id, (void)version;
	(void)correlation, (void)size, (void)round_trip;
	/* Who is not let in is answered too. */
	if (error == RD_KAFKA_RESP_ERR_NO_ERROR && api != API_VERSIONS &&
		api != API_SASL_HANDSHAKE && api != API_SASL_AUTHENTICATE)
		atomic_store_explicit(&watch->alive_us, clock_monotonic_us(), memory_order_relaxed);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t watch_responses(rd_kafka_t *client, const rd_kafka_conf_t *conf,
	void *opaque, char *words, size_t words_size)
{
	(void)conf, (void)words, (void)words_size;
	return rd_kafka_interceptor_add_on_response_received(
		client, "watch", note_response, opaque);
}

int client_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char words[CLIENT_WORDS_SIZE];

	if (rd_kafka_conf_set(conf, name, value, words, sizeof(words)) != RD_KAFKA_CONF_OK)
		return fault(FAULT_USAGE, "Kafka option %s: %s", name, words);
	return 0;
}

int client_conf_set_number(rd_kafka_conf_t *conf, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return client_conf_set(conf, name, text);
}

static int set_options(rd_kafka_conf_t *conf, const struct client_option *options)
{
	for (const struct client_option *option = options; option->name; option++) {
		char words[CLIENT_WORDS_SIZE];
		rd_kafka_conf_res_t result =
			rd_kafka_conf_set(conf, option->name, option->value, words, sizeof(words));

		if (result == RD_KAFKA_CONF_UNKNOWN && option->may_be_unknown)
			continue;
		if (result != RD_KAFKA_CONF_OK)
			return fault(FAULT_USAGE, "Kafka option %s: %s", option->name, words);
	}
	return 0;
}

/* "name=value" as a person wrote it. */
static int set_extra(rd_kafka_conf_t *conf, const char *text)
{
	const char *sign = strchr(text, '=');
	char name[128];

	if (sign == NULL || sign == text || (size_t)(sign - text) >= sizeof(name))
		return fault(FAULT_USAGE, "Kafka option \"%s\": expected name=value", text);
	snprintf(name, sizeof(name), "%.*s", (int)(sign - text), text);
	return client_conf_set(conf, name, sign + 1);
}

static int set_all(rd_kafka_conf_t *conf, const char *bootstrap, const char *client_id,
	const struct client_option *options, const char *const *extra)
{
	int r = client_conf_set(conf, "bootstrap.servers", bootstrap);

	if (r == 0 && client_id)
		r = client_conf_set(conf, "client.id", client_id);
	if (r == 0)
		r = set_options(conf, COMMON);
	/* A broker that does not answer is left after 10 s. */
	if (r == 0)
		r = client_conf_set_number(conf, "socket.timeout.ms", CLIENT_SOCKET_TIMEOUT_MS);
	if (r == 0 && options)
		r = set_options(conf, options);
	for (const char *const *text = extra; r == 0 && text && *text; text++)
		r = set_extra(conf, *text);
	return r;
}

int client_conf_create(const char *bootstrap, const char *client_id,
	const struct client_option *options, const char *const *extra, struct client_watch *watch,
	rd_kafka_conf_t **ret_conf)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	int r = set_all(conf, bootstrap, client_id, options, extra);

	if (r < 0) {
		rd_kafka_conf_destroy(conf);
		return r;
	}
	rd_kafka_conf_set_opaque(conf, watch);
	rd_kafka_conf_set_log_cb(conf, log_line);
	rd_kafka_conf_set_error_cb(conf, note_error);
	rd_kafka_conf_interceptor_add_on_new(conf, "watch", watch_responses, watch);
	*ret_conf = conf;
	return 0;
}

rd_kafka_conf_t *client_conf_copy(const rd_kafka_conf_t *conf, struct client_watch *watch)
{
	rd_kafka_conf_t *copy = rd_kafka_conf_dup(conf);

	/* Interceptors are not copied with the rest. */
	rd_kafka_conf_interceptor_add_on_new(copy, "watch", watch_responses, watch);
	return copy;
}

static int create(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret_client)
{
	char words[CLIENT_WORDS_SIZE];
	rd_kafka_t *client = rd_kafka_new(type, conf, words, sizeof(words));

	if (client == NULL) {
		rd_kafka_conf_destroy(conf);
		return fault(FAULT_USAGE, "Kafka client: %s", words);
	}
	*ret_client = client;
	return 0;
}

int client_create_producer(rd_kafka_conf_t *conf, rd_kafka_t **ret_client)
{
	return create(RD_KAFKA_PRODUCER, conf, ret_client);
}

int client_create_consumer(rd_kafka_conf_t *conf, rd_kafka_t **ret_client)
{
	int r = create(RD_KAFKA_CONSUMER, conf, ret_client);

	/* One queue for messages, rebalances and errors: one poll serves all. */
	if (r == 0)
		rd_kafka_poll_set_consumer(*ret_client);
	return r;
}

int client_fault_kind(int code)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR__SSL:
	case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
	case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
	case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
	case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
		return FAULT_BUS_CONFIG;
	case RD_KAFKA_RESP_ERR__FENCED:
	case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
	case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
		return FAULT_STATE;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
		return FAULT_LIMIT;
	default:
		return FAULT_BUS;
	}
}

int client_fault(int code, const char *what)
{
	return fault((enum fault)client_fault_kind(code), "%s: %s%s", what,
		rd_kafka_err2str((rd_kafka_resp_err_t)code), advice(code));
}

int client_fault_seen(
	struct rd_kafka_s *client, struct client_watch *watch, int code, const char *what)
{
	rd_kafka_poll(client, 0);
	if (watch->trouble)
		return fault((enum fault)watch->trouble, "%s: %s", what, watch->words);
	return client_fault(code, what);
}

enum client_error client_error_class(bool requires_abort, bool retriable, int code)
{
	if (requires_abort)
		return CLIENT_ABORT;
	if (retriable)
		return CLIENT_RETRY;
	if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
		code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH)
		return CLIENT_FENCED;
	return CLIENT_LOST;
}

enum client_error client_error_of(const rd_kafka_error_t *error)
{
	return client_error_class(rd_kafka_error_txn_requires_abort(error) != 0,
		rd_kafka_error_is_retriable(error) != 0, (int)rd_kafka_error_code(error));
}
