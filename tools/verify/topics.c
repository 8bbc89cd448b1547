#include "topics.h"

#include <base/clock.h>
#include <base/fault.h>
#include <bus/reader.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_MS 10000
#define SILENCE_MAX_US (30 * US_PER_S)
#define STRETCHES_MAX (TOPICS * FACTS_PARTITIONS_MAX)

struct topics {
	const struct options *options;
	struct bus_cluster *cluster; /* ends at read_committed */
	struct bus_cluster *all;     /* ends whatever is open */
	struct arena *arena;
	int partitions[TOPICS], dead_partitions[SERVICES];
	const char *uncommitted[BUS_OPTIONS_MAX + 2];
};

static int cluster_open(
	const struct topics *topics, const char *const *list, struct bus_cluster **ret_cluster)
{
	return bus_cluster_create(
		&(struct bus_cluster_config){
			.bootstrap = topics->options->bootstrap,
			.client_id = "verify",
			.options = list,
			.timeout_ms = TIMEOUT_MS,
		},
		ret_cluster);
}

static int find_partitions(struct topics *topics)
{
	struct bus_topic_size *sizes;
	size_t count;
	int r = bus_cluster_topics(topics->cluster, topics->arena, &sizes, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		size_t size = strlen(sizes[i].name);
		enum topic topic = topic_of(sizes[i].name, size);

		if (sizes[i].partitions > FACTS_PARTITIONS_MAX)
			return fault(FAULT_LIMIT, "%s has more than %d partitions", sizes[i].name,
				FACTS_PARTITIONS_MAX);
		if (topic != TOPICS) {
			topics->partitions[topic] = sizes[i].partitions;
		} else if (size > 4 && memcmp(sizes[i].name, "dlq.", 4) == 0) {
			enum service service = service_of(sizes[i].name + 4, size - 4);

			if (service != SERVICES)
				topics->dead_partitions[service] = sizes[i].partitions;
		}
	}
	for (int topic = 0; r == 0 && topic < TOPICS; topic++) {
		if (topics->partitions[topic] == 0)
			r = fault(FAULT_BUS_CONFIG, "topic %s is not there", topic_names[topic]);
	}
	return r;
}

int topics_open(const struct options *options, struct topics **ret_topics)
{
	struct topics *topics = calloc(1, sizeof(*topics));
	size_t count = 0;
	int r;

	if (!topics)
		return fault(FAULT_SYSTEM, "out of memory");
	topics->options = options;
	topics->arena = arena_create(0);
	for (; options->kafka.list[count]; count++)
		topics->uncommitted[count] = options->kafka.list[count];
	topics->uncommitted[count] = "isolation.level=read_uncommitted";
	r = cluster_open(topics, options->kafka.list, &topics->cluster);
	if (r == 0)
		r = cluster_open(topics, topics->uncommitted, &topics->all);
	if (r == 0)
		r = find_partitions(topics);
	if (r < 0)
		topics_close(topics);
	else
		*ret_topics = topics;
	return r;
}

void topics_close(struct topics *topics)
{
	if (!topics)
		return;
	bus_cluster_destroy(topics->cluster);
	bus_cluster_destroy(topics->all);
	arena_destroy(topics->arena);
	free(topics);
}

typedef int ask_fn(struct bus_cluster *cluster, struct bus_position *positions, size_t count);

static int ask(struct bus_cluster *cluster, ask_fn *question, const char *topic, int partitions,
	int64_t *ret_offsets)
{
	struct bus_position positions[FACTS_PARTITIONS_MAX];
	int r;

	for (int p = 0; p < partitions; p++)
		positions[p] = (struct bus_position){.topic = topic, .partition = p};
	r = question(cluster, positions, (size_t)partitions);
	for (int p = 0; r == 0 && p < partitions; p++)
		ret_offsets[p] = positions[p].offset;
	return r;
}

static int ask_committed(struct topics *topics, struct facts *facts, enum service service)
{
	struct bus_position *positions;
	size_t count;
	int r = bus_cluster_committed(
		topics->cluster, service_names[service], topics->arena, &positions, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		enum topic topic = topic_of(positions[i].topic, strlen(positions[i].topic));

		if (topic != TOPICS && positions[i].partition < FACTS_PARTITIONS_MAX)
			facts->committed[service][topic][positions[i].partition] =
				positions[i].offset;
	}
	return r;
}

int topics_ask(struct topics *topics, struct facts *facts)
{
	int r = 0;

	arena_reset(topics->arena);
	/* What is committed first, ends second: never ahead of the end that is known. */
	for (int service = 0; r == 0 && service < SERVICES; service++)
		r = ask_committed(topics, facts, (enum service)service);
	for (int t = 0; r == 0 && t < TOPICS; t++) {
		facts->partitions[t] = topics->partitions[t];
		r = ask(topics->cluster, bus_cluster_starts, topic_names[t], topics->partitions[t],
			facts->starts[t]);
		if (r == 0)
			r = ask(topics->cluster, bus_cluster_ends, topic_names[t],
				topics->partitions[t], facts->ends[t]);
	}
	return r;
}

int topics_relay_position(struct topics *topics, const char *group, int64_t *ret_lsn)
{
	struct bus_position *positions;
	size_t count;
	int r = bus_cluster_committed(topics->cluster, group, topics->arena, &positions, &count);

	if (r == 0)
		*ret_lsn = count > 0 ? positions[0].offset : -1;
	return r;
}

int topics_open_transactions(struct topics *topics,
	struct open_transaction open[static OPEN_TRANSACTIONS_MAX], size_t *ret_count)
{
	size_t count = 0;
	int r = 0;

	for (int t = 0; r == 0 && t < TOPICS; t++) {
		int64_t stable[FACTS_PARTITIONS_MAX], all[FACTS_PARTITIONS_MAX];

		/* In this order, what ends in between looks open; the caller asks again. */
		r = ask(topics->cluster, bus_cluster_ends, topic_names[t], topics->partitions[t],
			stable);
		if (r == 0)
			r = ask(topics->all, bus_cluster_ends, topic_names[t],
				topics->partitions[t], all);
		for (int p = 0; r == 0 && p < topics->partitions[t]; p++) {
			if (stable[p] < all[p] && count < OPEN_TRANSACTIONS_MAX)
				open[count++] =
					(struct open_transaction){(enum topic)t, p, stable[p]};
		}
	}
	*ret_count = count;
	return r;
}

/* ---- reading ---- */

struct reading {
	struct facts *facts;
	struct report *report;
	void (*feed)(const struct reading *reading, const struct bus_message *message);
};

static bool header_is(const struct bus_header *header, const char *name)
{
	return strcmp(header->name, name) == 0;
}

static int64_t number_of(const struct bus_header *header)
{
	char text[24];

	snprintf(text, sizeof(text), "%.*s", (int)header->size, (const char *)header->value);
	return strtoll(text, NULL, 10);
}

static void feed_event(const struct reading *reading, const struct bus_message *raw)
{
	struct bus_header headers[BUS_HEADERS_MAX];
	size_t count = bus_headers(raw, headers, BUS_HEADERS_MAX);
	struct message message = {
		.topic = topic_of(raw->topic, strlen(raw->topic)),
		.partition = raw->partition,
		.offset = raw->offset,
		.timestamp_ms = raw->timestamp_ms,
	};

	for (size_t i = 0; i < count && i < BUS_HEADERS_MAX; i++) {
		if (header_is(&headers[i], "id"))
			message.has_id =
				uuid_parse(headers[i].value, headers[i].size, &message.id) == 0;
		else if (header_is(&headers[i], "sequence"))
			message.sequence = number_of(&headers[i]);
		else if (strncmp(headers[i].name, "dlq.", 4) == 0 ||
			strncmp(headers[i].name, "redrive", 7) == 0)
			message.redriven = true;
	}
	message.has_order = raw->key && uuid_parse(raw->key, raw->key_size, &message.order) == 0;
	feed_message(reading->facts, reading->report, &message);
}

static void feed_dead(const struct reading *reading, const struct bus_message *raw)
{
	struct bus_header topic, partition, offset, class = {.value = "unknown", .size = 7};
	struct dead_letter letter = {
		.service = service_of(raw->topic + 4, strlen(raw->topic) - 4),
		.partition = raw->partition,
		.offset = raw->offset,
	};

	if (bus_header_find(raw, "dlq.topic", &topic) &&
		bus_header_find(raw, "dlq.partition", &partition) &&
		bus_header_find(raw, "dlq.offset", &offset)) {
		letter.origin.topic = (uint8_t)topic_of(topic.value, topic.size);
		letter.origin.partition = (uint16_t)number_of(&partition);
		letter.origin.offset = number_of(&offset);
		letter.has_origin = letter.origin.topic != TOPICS;
	}
	(void)bus_header_find(raw, "dlq.class", &class);
	letter.class = class.value;
	letter.class_size = class.size;
	feed_dead_letter(reading->facts, reading->report, &letter);
}

static void show_progress(const struct facts *facts)
{
	static int64_t shown_us;
	int64_t now_us = clock_monotonic_us();

	if (!isatty(STDERR_FILENO) || now_us - shown_us < US_PER_S / 2)
		return;
	shown_us = now_us;
	fprintf(stderr, "\r%" PRId64 " messages read\033[K", facts->messages);
}

static int read_all(struct bus_reader *reader, const struct reading *reading)
{
	int64_t heard_us = clock_monotonic_us();
	struct bus_batch batch;

	for (;;) {
		int r = bus_reader_next(reader, 500, &batch);

		if (r == BUS_READER_DONE)
			return 0;
		if (r < 0 && (r != FAULT_BUS || clock_monotonic_us() - heard_us > SILENCE_MAX_US))
			return r;
		if (r == 0 && batch.count > 0)
			heard_us = clock_monotonic_us();
		if (clock_monotonic_us() - heard_us > SILENCE_MAX_US)
			return fault(FAULT_BUS, "the broker has sent nothing for 30 s");
		for (size_t i = 0; r == 0 && i < batch.count; i++)
			reading->feed(reading, &batch.messages[i]);
		bus_reader_release(reader, &batch);
		show_progress(reading->facts);
	}
}

static int read_stretches(struct topics *topics, const struct reading *reading,
	const struct bus_stretch *stretches, size_t count)
{
	struct bus_reader *reader = NULL;
	int r = bus_reader_create(
		&(struct bus_reader_config){
			.bootstrap = topics->options->bootstrap,
			.client_id = "verify",
			.options = topics->options->kafka.list,
			.stretches = stretches,
			.count = count,
			.batch_max = BUS_BATCH_MAX,
		},
		&reader);

	if (r == 0)
		r = read_all(reader, reading);
	bus_reader_destroy(reader);
	return r;
}

static int read_dead(struct topics *topics, const struct reading *reading)
{
	static struct bus_stretch stretches[SERVICES * FACTS_PARTITIONS_MAX];
	static const char *const names[SERVICES] = {
		"dlq.order", "dlq.payment", "dlq.inventory", "dlq.notification", "dlq.analytics"};
	size_t count = 0;
	int r = 0;

	for (int s = 0; r == 0 && s < SERVICES; s++) {
		int64_t starts[FACTS_PARTITIONS_MAX], ends[FACTS_PARTITIONS_MAX];

		r = ask(topics->cluster, bus_cluster_starts, names[s], topics->dead_partitions[s],
			starts);
		if (r == 0)
			r = ask(topics->cluster, bus_cluster_ends, names[s],
				topics->dead_partitions[s], ends);
		for (int p = 0; r == 0 && p < topics->dead_partitions[s]; p++)
			stretches[count++] = (struct bus_stretch){names[s], p, starts[p], ends[p]};
	}
	return r == 0 && count > 0 ? read_stretches(topics, reading, stretches, count) : r;
}

int topics_read(struct topics *topics, struct facts *facts, struct report *report)
{
	static struct bus_stretch stretches[STRETCHES_MAX];
	struct reading reading = {facts, report, feed_dead};
	size_t count = 0;
	int r = read_dead(topics, &reading);

	for (int t = 0; t < TOPICS; t++) {
		for (int p = 0; p < facts->partitions[t]; p++)
			stretches[count++] = (struct bus_stretch){
				topic_names[t], p, facts->starts[t][p], facts->ends[t][p]};
	}
	reading.feed = feed_event;
	if (r == 0)
		r = read_stretches(topics, &reading, stretches, count);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return r;
}
