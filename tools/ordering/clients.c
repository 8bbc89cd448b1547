#include "clients.h"

#include <base/clock.h>
#include <base/fault.h>
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_SIZE 256
#define NAMES_MAX 64
#define POLL_MS 100

struct producer {
	struct proxy *proxy;
	rd_kafka_t *client;
	char *topic;
	int64_t unreported;
	rd_kafka_resp_err_t failure; /* the first message that was given up */
};

struct option {
	const char *name, *value;
};

/* clang-format off */
static const struct option COMMON[] = {
	{"client.id", "ordering"},
	{"socket.nagle.disable", "true"},
	{"socket.connection.setup.timeout.ms", "5000"},
	{"reconnect.backoff.ms", "50"},
	{"reconnect.backoff.max.ms", "500"},
	{"log.connection.close", "false"},
	{"allow.auto.create.topics", "false"},
	{0},
};
static const struct option PRODUCER[] = {
	{"acks", "all"},
	{"linger.ms", "0"},
	{"retry.backoff.ms", "50"},
	{"message.timeout.ms", "30000"},
	{"topic.metadata.refresh.interval.ms", "-1"},
	/* Without it all messages of 10 ms that have no key go to one partition. */
	{"sticky.partitioning.linger.ms", "0"},
	{0},
};
/* As every client had it before idempotence: five requests under way, and retries. */
static const struct option SINGLY[] = {
	{"batch.num.messages", "1"},
	{"max.in.flight.requests.per.connection", "5"},
	{"broker.address.family", "v4"},
	{0},
};
/* clang-format on */

static int set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char words[WORDS_SIZE];

	if (rd_kafka_conf_set(conf, name, value, words, sizeof(words)) != RD_KAFKA_CONF_OK)
		return fault(FAULT_USAGE, "Kafka option %s: %s", name, words);
	return 0;
}

static int set_all(rd_kafka_conf_t *conf, const struct option *options)
{
	int r = 0;

	for (; r == 0 && options->name; options++)
		r = set(conf, options->name, options->value);
	return r;
}

/* "name=value", as bus_options_init() made sure. */
static int set_extra(rd_kafka_conf_t *conf, const char *const *texts)
{
	int r = 0;

	for (; r == 0 && texts && *texts; texts++) {
		char name[WORDS_SIZE];
		const char *sign = strchr(*texts, '=');

		if (sign == NULL)
			return fault(
				FAULT_USAGE, "Kafka option \"%s\": expected name=value", *texts);
		snprintf(name, sizeof(name), "%.*s", (int)(sign - *texts), *texts);
		r = set(conf, name, sign + 1);
	}
	return r;
}

/* What a client says of connections that we break ourselves is no news. */
static void ignore_log(const rd_kafka_t *client, int level, const char *facility, const char *line)
{
	(void)client, (void)level, (void)facility, (void)line;
}

static int conf_create(
	const char *bootstrap, const char *const *options, rd_kafka_conf_t **ret_conf)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	int r = set(conf, "bootstrap.servers", bootstrap);

	if (r == 0)
		r = set_all(conf, COMMON);
	if (r == 0)
		r = set_extra(conf, options);
	if (r < 0) {
		rd_kafka_conf_destroy(conf);
		return r;
	}
	rd_kafka_conf_set_log_cb(conf, ignore_log);
	*ret_conf = conf;
	return 0;
}

static int client_create(rd_kafka_conf_t *conf, rd_kafka_t **ret_client)
{
	char words[WORDS_SIZE];
	rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));

	if (client == NULL) {
		rd_kafka_conf_destroy(conf);
		return fault(FAULT_USAGE, "Kafka client: %s", words);
	}
	*ret_client = client;
	return 0;
}

static void note_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
	struct producer *producer = opaque;

	(void)client;
	producer->unreported--;
	if (message->err && !producer->failure)
		producer->failure = message->err;
}

/* On librdkafka's threads. */
static int connect_by_proxy(
	int fd, const struct sockaddr *address, int size, const char *id, void *opaque)
{
	struct producer *producer = opaque;
	struct sockaddr_storage here = proxy_detour(producer->proxy, address, (socklen_t)size);

	(void)id;
	/* "Under way" is as good as done: the caller waits for it. */
	if (connect(fd, (struct sockaddr *)&here, sizeof(struct sockaddr_in)) == 0 ||
		errno == EINPROGRESS)
		return 0;
	return errno;
}

static int configure(
	rd_kafka_conf_t *conf, const struct producer_config *config, struct producer *producer)
{
	int r = set_all(conf, PRODUCER);

	if (r == 0 && config->singly)
		r = set_all(conf, SINGLY);
	if (r == 0)
		r = set(conf, "enable.idempotence", config->idempotent ? "true" : "false");
	if (r == 0)
		r = set(conf, "partitioner", config->partitioner);
	rd_kafka_conf_set_opaque(conf, producer);
	rd_kafka_conf_set_dr_msg_cb(conf, note_report);
	if (config->proxy)
		rd_kafka_conf_set_connect_cb(conf, connect_by_proxy);
	return r;
}

static int producer_open(const struct producer_config *config, struct producer *producer)
{
	rd_kafka_conf_t *conf;
	int r = conf_create(config->bootstrap, config->options, &conf);

	if (r < 0)
		return r;
	producer->proxy = config->proxy;
	producer->topic = strdup(config->topic);
	r = producer->topic ? configure(conf, config, producer) : fault(FAULT_SYSTEM, "no memory");
	if (r < 0) {
		rd_kafka_conf_destroy(conf);
		return r;
	}
	return client_create(conf, &producer->client);
}

int producer_create(const struct producer_config *config, struct producer **ret_producer)
{
	struct producer *producer = calloc(1, sizeof(*producer));
	int r = producer ? producer_open(config, producer) : fault(FAULT_SYSTEM, "no memory");

	if (r < 0) {
		producer_destroy(producer);
		return r;
	}
	*ret_producer = producer;
	return 0;
}

void producer_destroy(struct producer *producer)
{
	if (producer == NULL)
		return;
	if (producer->client) {
		rd_kafka_purge(
			producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		rd_kafka_destroy(producer->client);
	}
	free(producer->topic);
	free(producer);
}

int producer_send(struct producer *producer, const char *key, const char *text, int owner)
{
	char who = (char)('0' + owner);
	rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
	rd_kafka_resp_err_t error;

	rd_kafka_header_add(headers, "owner", -1, &who, 1);
	error = rd_kafka_producev(producer->client, RD_KAFKA_V_TOPIC(producer->topic),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_KEY(key, key ? strlen(key) : 0),
		RD_KAFKA_V_VALUE((void *)text, strlen(text)), RD_KAFKA_V_HEADERS(headers),
		RD_KAFKA_V_END);
	if (error) {
		rd_kafka_headers_destroy(headers);
		return fault(FAULT_BUS, "send to %s: %s", producer->topic, rd_kafka_err2str(error));
	}
	producer->unreported++;
	return 0;
}

int producer_flush(struct producer *producer, int timeout_ms)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;

	while (producer->unreported > 0 && clock_monotonic_us() < until_us)
		rd_kafka_poll(producer->client, POLL_MS);
	if (producer->failure)
		return fault(FAULT_BUS, "send to %s: %s", producer->topic,
			rd_kafka_err2str(producer->failure));
	if (producer->unreported > 0)
		return fault(FAULT_BUS, "send to %s: not acknowledged within %d ms",
			producer->topic, timeout_ms);
	return 0;
}

/* One administrator's call: a client, where its answer comes, and its time-out. */
struct call {
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	rd_kafka_AdminOptions_t *options;
};

static int call_open(
	const struct clients_admin *admin, rd_kafka_admin_op_t operation, struct call *call)
{
	char words[WORDS_SIZE];
	rd_kafka_conf_t *conf;
	int r = conf_create(admin->bootstrap, admin->options, &conf);

	if (r == 0)
		r = client_create(conf, &call->client);
	if (r < 0)
		return r;
	call->queue = rd_kafka_queue_new(call->client);
	call->options = rd_kafka_AdminOptions_new(call->client, operation);
	rd_kafka_AdminOptions_set_request_timeout(
		call->options, admin->timeout_ms, words, sizeof(words));
	return 0;
}

static void call_close(struct call *call)
{
	rd_kafka_AdminOptions_destroy(call->options);
	rd_kafka_queue_destroy(call->queue);
	rd_kafka_destroy(call->client);
}

static int topic_result(const rd_kafka_topic_result_t **results, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++) {
		rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);

		if (error && error != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
			return fault(FAULT_BUS, "%s %s: %s", what,
				rd_kafka_topic_result_name(results[i]), rd_kafka_err2str(error));
	}
	return 0;
}

/* Waits for the answer, and says what is wrong with the call as a whole. */
static int await(struct call *call, const char *what, rd_kafka_event_t **ret_event)
{
	/* The options bound the wait: an answer always comes. */
	rd_kafka_event_t *event = rd_kafka_queue_poll(call->queue, -1);
	rd_kafka_resp_err_t error = rd_kafka_event_error(event);

	if (error) {
		rd_kafka_event_destroy(event);
		return fault(FAULT_BUS, "%s: %s", what, rd_kafka_err2str(error));
	}
	*ret_event = event;
	return 0;
}

int clients_grow(const struct clients_admin *admin, const char *topic, int partitions)
{
	char words[WORDS_SIZE];
	rd_kafka_NewPartitions_t *new =
		rd_kafka_NewPartitions_new(topic, (size_t)partitions, words, sizeof(words));
	rd_kafka_event_t *event;
	struct call call;
	size_t count;
	int r;

	if (new == NULL)
		return fault(FAULT_USAGE, "more partitions for %s: %s", topic, words);
	r = call_open(admin, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, &call);
	if (r == 0) {
		rd_kafka_CreatePartitions(call.client, &new, 1, call.options, call.queue);
		r = await(&call, "add partitions", &event);
		if (r == 0) {
			const rd_kafka_topic_result_t **results =
				rd_kafka_CreatePartitions_result_topics(
					rd_kafka_event_CreatePartitions_result(event), &count);

			r = topic_result(results, count, "add partitions to");
			rd_kafka_event_destroy(event);
		}
		call_close(&call);
	}
	rd_kafka_NewPartitions_destroy(new);
	return r;
}

static int delete_topics(const struct clients_admin *admin, const char *const *names, size_t count)
{
	rd_kafka_DeleteTopic_t *topics[NAMES_MAX];
	rd_kafka_event_t *event;
	struct call call;
	int r = call_open(admin, RD_KAFKA_ADMIN_OP_DELETETOPICS, &call);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		topics[i] = rd_kafka_DeleteTopic_new(names[i]);
	rd_kafka_DeleteTopics(call.client, topics, count, call.options, call.queue);
	rd_kafka_DeleteTopic_destroy_array(topics, count);
	r = await(&call, "delete topics", &event);
	if (r == 0) {
		size_t found;
		const rd_kafka_topic_result_t **results = rd_kafka_DeleteTopics_result_topics(
			rd_kafka_event_DeleteTopics_result(event), &found);

		r = topic_result(results, found, "delete topic");
		rd_kafka_event_destroy(event);
	}
	call_close(&call);
	return r;
}

/* A group that was never joined, or is still seen as alive for a moment, is left to expire. */
static int delete_groups(const struct clients_admin *admin, const char *const *names, size_t count)
{
	rd_kafka_DeleteGroup_t *groups[NAMES_MAX];
	rd_kafka_event_t *event;
	struct call call;
	int r = call_open(admin, RD_KAFKA_ADMIN_OP_DELETEGROUPS, &call);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		groups[i] = rd_kafka_DeleteGroup_new(names[i]);
	rd_kafka_DeleteGroups(call.client, groups, count, call.options, call.queue);
	rd_kafka_DeleteGroup_destroy_array(groups, count);
	r = await(&call, "delete groups", &event);
	if (r == 0)
		rd_kafka_event_destroy(event);
	call_close(&call);
	return r;
}

int clients_delete(const struct clients_admin *admin, const char *const *topics, size_t topic_count,
	const char *const *groups, size_t group_count)
{
	int r = 0;

	if (topic_count > NAMES_MAX || group_count > NAMES_MAX)
		return fault(FAULT_LIMIT, "more than %d topics to delete", NAMES_MAX);
	if (topic_count > 0)
		r = delete_topics(admin, topics, topic_count);
	if (r == 0 && group_count > 0)
		r = delete_groups(admin, groups, group_count);
	return r;
}
