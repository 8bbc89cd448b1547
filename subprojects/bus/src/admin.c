#include <base/clock.h>
#include <base/fault.h>
#include <bus/admin.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* A handle for one question, and the time by which it must be answered. */
struct admin {
	struct client_watch watch; /* first: librdkafka's callbacks get this address */
	rd_kafka_t *client;
	int64_t until_us;
};

static int admin_open(
	struct admin *admin, const char *bootstrap, const char *const *options, int timeout_ms)
{
	rd_kafka_conf_t *conf;
	int r;

	*admin = (struct admin){.until_us = clock_monotonic_us() + timeout_ms * US_PER_MS};
	r = client_conf_create(bootstrap, "admin", NULL, options, &admin->watch, &conf);
	return r < 0 ? r : client_create_producer(conf, &admin->client);
}

static void admin_close(struct admin *admin)
{
	if (admin->client)
		rd_kafka_destroy(admin->client);
}

static int left_ms(const struct admin *admin)
{
	int64_t left_us = admin->until_us - clock_monotonic_us();

	return left_us > US_PER_MS ? (int)(left_us / US_PER_MS) : 1;
}

static int admin_fault(struct admin *admin, int code, const char *what)
{
	return client_fault_seen(admin->client, &admin->watch, code, what);
}

static size_t count_topics(const struct bus_topic *topics)
{
	size_t count = 0;

	while (topics[count].name)
		count++;
	return count;
}

static const rd_kafka_metadata_topic_t *find_topic(
	const struct rd_kafka_metadata *metadata, const char *name)
{
	for (int i = 0; i < metadata->topic_cnt; i++) {
		if (strcmp(metadata->topics[i].topic, name) == 0)
			return &metadata->topics[i];
	}
	return NULL;
}

static struct bus_topic_report report_of(
	const struct bus_topic *topic, const rd_kafka_metadata_topic_t *found)
{
	if (found == NULL || found->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		return (struct bus_topic_report){.state = BUS_TOPIC_MISSING};
	return (struct bus_topic_report){
		.state = found->partition_cnt == topic->partitions ? BUS_TOPIC_PRESENT
								   : BUS_TOPIC_DIFFERS,
		.partitions = found->partition_cnt,
	};
}

/* All topics of the cluster: asking for one by its name may make it, on some brokers. */
static int inspect(
	struct admin *admin, const struct bus_topic *topics, struct bus_topic_report *reports)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t error =
		rd_kafka_metadata(admin->client, 1, NULL, &metadata, left_ms(admin));

	if (error)
		return admin_fault(admin, (int)error, "list the topics");
	for (size_t i = 0; topics[i].name; i++)
		reports[i] = report_of(&topics[i], find_topic(metadata, topics[i].name));
	rd_kafka_metadata_destroy(metadata);
	return 0;
}

static int new_topic(const struct bus_topic *topic, rd_kafka_NewTopic_t **ret_new)
{
	char words[CLIENT_WORDS_SIZE], retention[24];
	rd_kafka_NewTopic_t *new = rd_kafka_NewTopic_new(
		topic->name, topic->partitions, topic->replicas, words, sizeof(words));

	if (new == NULL)
		return fault(FAULT_USAGE, "topic %s: %s", topic->name, words);
	snprintf(retention, sizeof(retention), "%" PRId64, topic->retention_ms);
	rd_kafka_NewTopic_set_config(new, "retention.ms", retention);
	*ret_new = new;
	return 0;
}

/* One of several processes that start at once makes it: "already exists" is as good. */
static int check_created(rd_kafka_event_t *event)
{
	const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
	const rd_kafka_topic_result_t **topics;
	size_t count;

	if (rd_kafka_event_error(event))
		return client_fault((int)rd_kafka_event_error(event), "create topics");
	topics = rd_kafka_CreateTopics_result_topics(result, &count);
	for (size_t i = 0; i < count; i++) {
		rd_kafka_resp_err_t error = rd_kafka_topic_result_error(topics[i]);

		if (error && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
			return fault((enum fault)client_fault_kind((int)error),
				"create topic %s: %s", rd_kafka_topic_result_name(topics[i]),
				rd_kafka_topic_result_error_string(topics[i]));
	}
	return 0;
}

static int request_topics(struct admin *admin, rd_kafka_NewTopic_t **new, size_t count)
{
	rd_kafka_AdminOptions_t *options =
		rd_kafka_AdminOptions_new(admin->client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->client);
	rd_kafka_event_t *event;
	char words[CLIENT_WORDS_SIZE];
	int r;

	rd_kafka_AdminOptions_set_request_timeout(options, left_ms(admin), words, sizeof(words));
	rd_kafka_CreateTopics(admin->client, new, count, options, queue);
	/* The options bound the wait: an answer always comes. */
	event = rd_kafka_queue_poll(queue, -1);
	r = check_created(event);
	rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(queue);
	rd_kafka_AdminOptions_destroy(options);
	return r;
}

static int create_missing(
	struct admin *admin, const struct bus_topic *topics, const struct bus_topic_report *reports)
{
	rd_kafka_NewTopic_t *new[BUS_TOPICS_DECLARED_MAX];
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; topics[i].name && r == 0; i++) {
		if (reports[i].state == BUS_TOPIC_MISSING)
			r = new_topic(&topics[i], &new[count]);
		if (r == 0 && reports[i].state == BUS_TOPIC_MISSING)
			count++;
	}
	if (r == 0 && count > 0)
		r = request_topics(admin, new, count);
	rd_kafka_NewTopic_destroy_array(new, count);
	return r;
}

static size_t count_state(const struct bus_topic *topics, const struct bus_topic_report *reports,
	enum bus_topic_state state)
{
	size_t count = 0;

	for (size_t i = 0; topics[i].name; i++)
		count += reports[i].state == state;
	return count;
}

/* A new topic is known to the controller before it is to the brokers: wait for these. */
static int await_created(
	struct admin *admin, const struct bus_topic *topics, struct bus_topic_report *reports)
{
	struct bus_topic_report before[BUS_TOPICS_DECLARED_MAX];

	memcpy(before, reports, count_topics(topics) * sizeof(*reports));
	for (;;) {
		int r = inspect(admin, topics, reports);

		if (r < 0)
			return r;
		if (count_state(topics, reports, BUS_TOPIC_MISSING) == 0)
			break;
		if (clock_monotonic_us() >= admin->until_us)
			return fault(FAULT_BUS, "new topics do not show on the broker yet");
		rd_kafka_poll(admin->client, 20);
	}
	for (size_t i = 0; topics[i].name; i++) {
		if (before[i].state == BUS_TOPIC_MISSING && reports[i].state == BUS_TOPIC_PRESENT)
			reports[i].state = BUS_TOPIC_CREATED;
	}
	return 0;
}

static int check_count(const struct bus_topic *topics)
{
	if (count_topics(topics) > BUS_TOPICS_DECLARED_MAX)
		return fault(FAULT_LIMIT, "more than %d topics", BUS_TOPICS_DECLARED_MAX);
	return 0;
}

int bus_topics_inspect(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, struct bus_topic_report *reports)
{
	struct admin admin;
	int r = admin_open(&admin, bootstrap, options, timeout_ms);

	if (r == 0)
		r = inspect(&admin, topics, reports);
	admin_close(&admin);
	return r;
}

int bus_topics_create(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, struct bus_topic_report *reports)
{
	struct admin admin;
	int r = check_count(topics);

	if (r < 0)
		return r;
	r = admin_open(&admin, bootstrap, options, timeout_ms);
	if (r == 0)
		r = inspect(&admin, topics, reports);
	if (r == 0 && count_state(topics, reports, BUS_TOPIC_MISSING) > 0) {
		r = create_missing(&admin, topics, reports);
		if (r == 0)
			r = await_created(&admin, topics, reports);
	}
	admin_close(&admin);
	return r;
}

int bus_topics_ensure(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, int *ret_created)
{
	struct bus_topic_report reports[BUS_TOPICS_DECLARED_MAX];
	int r = check_count(topics);

	if (r == 0)
		r = bus_topics_create(bootstrap, options, topics, timeout_ms, reports);
	if (r < 0)
		return r;
	for (size_t i = 0; topics[i].name; i++) {
		if (reports[i].state == BUS_TOPIC_DIFFERS)
			return fault(FAULT_STATE,
				"topic %s has %d partitions where %d are declared: it is never "
				"altered, keys would move",
				topics[i].name, reports[i].partitions, topics[i].partitions);
	}
	*ret_created = (int)count_state(topics, reports, BUS_TOPIC_CREATED);
	return 0;
}

static int64_t config_number(const rd_kafka_ConfigResource_t *resource, const char *name)
{
	size_t count;
	const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);

	for (size_t i = 0; i < count; i++) {
		const char *value = rd_kafka_ConfigEntry_value(entries[i]);

		if (value && strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0)
			return strtoll(value, NULL, 10);
	}
	return -1;
}

/* -1, which stands for ever, wins over any number. */
static int read_kept(rd_kafka_event_t *event, int64_t *ret_kept_ms)
{
	const rd_kafka_ConfigResource_t **resources;
	int64_t longest_ms = 0;
	size_t count;

	if (rd_kafka_event_error(event))
		return client_fault((int)rd_kafka_event_error(event), "describe topics");
	resources = rd_kafka_DescribeConfigs_result_resources(
		rd_kafka_event_DescribeConfigs_result(event), &count);
	for (size_t i = 0; i < count; i++) {
		rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(resources[i]);
		int64_t retention_ms = config_number(resources[i], "retention.ms");
		int64_t segment_ms = config_number(resources[i], "segment.ms");

		if (error)
			return client_fault((int)error, rd_kafka_ConfigResource_name(resources[i]));
		if (retention_ms < 0 || segment_ms < 0 || retention_ms > INT64_MAX - segment_ms)
			longest_ms = INT64_MAX;
		else if (retention_ms + segment_ms > longest_ms)
			longest_ms = retention_ms + segment_ms;
	}
	*ret_kept_ms = longest_ms;
	return 0;
}

static int describe_kept(struct admin *admin, const char *const *names, int64_t *ret_kept_ms)
{
	rd_kafka_ConfigResource_t *resources[BUS_TOPICS_DECLARED_MAX];
	rd_kafka_AdminOptions_t *options =
		rd_kafka_AdminOptions_new(admin->client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->client);
	char words[CLIENT_WORDS_SIZE];
	rd_kafka_event_t *event;
	size_t count = 0;
	int r;

	for (; names[count] && count < BUS_TOPICS_DECLARED_MAX; count++)
		resources[count] =
			rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, names[count]);
	rd_kafka_AdminOptions_set_request_timeout(options, left_ms(admin), words, sizeof(words));
	rd_kafka_DescribeConfigs(admin->client, resources, count, options, queue);
	/* The options bound the wait: an answer always comes. */
	event = rd_kafka_queue_poll(queue, -1);
	r = read_kept(event, ret_kept_ms);
	rd_kafka_event_destroy(event);
	rd_kafka_ConfigResource_destroy_array(resources, count);
	rd_kafka_queue_destroy(queue);
	rd_kafka_AdminOptions_destroy(options);
	return r;
}

int bus_topics_kept(const char *bootstrap, const char *const *options, const char *const *names,
	int timeout_ms, int64_t *ret_kept_ms)
{
	struct admin admin;
	int r = admin_open(&admin, bootstrap, options, timeout_ms);

	if (r == 0)
		r = describe_kept(&admin, names, ret_kept_ms);
	admin_close(&admin);
	return r;
}

int bus_ping(const char *bootstrap, const char *const *options, int timeout_ms)
{
	const struct rd_kafka_metadata *metadata;
	struct admin admin;
	int r = admin_open(&admin, bootstrap, options, timeout_ms);

	if (r == 0) {
		rd_kafka_resp_err_t error =
			rd_kafka_metadata(admin.client, 0, NULL, &metadata, timeout_ms);

		if (error)
			r = admin_fault(&admin, (int)error, "no broker answers");
		else
			rd_kafka_metadata_destroy(metadata);
	}
	admin_close(&admin);
	return r;
}
