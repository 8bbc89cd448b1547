/*
 * The hot path of the relay: parse, map, produce. Nothing is allocated here.
 */
#include "publisher.h"

#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/log.h>
#include <inttypes.h>
#include <string.h>

void publisher_init(
	struct publisher *publisher, struct bus_transactor *transactor, const char *const *topics)
{
	*publisher = (struct publisher){.transactor = transactor, .topics = topics};
}

void publisher_reset(struct publisher *publisher)
{
	publisher->open = false;
	publisher->events = 0;
	publisher->bytes = 0;
	publisher->transactions = 0;
	publisher->end_lsn = 0;
	publisher->ignored = 0;
}

static struct outbox_table *table_find(struct publisher *publisher, uint32_t oid)
{
	for (size_t i = 0; i < publisher->table_count; i++)
		if (publisher->tables[i].oid == oid)
			return &publisher->tables[i];
	return NULL;
}

/* Told before the first row of a table and again after every change to it. */
static int take_relation(struct publisher *publisher, const struct pgoutput_relation *relation)
{
	struct outbox_table *table = table_find(publisher, relation->oid);

	if (!table && publisher->table_count == PUBLISHER_TABLES_MAX)
		return fault(FAULT_LIMIT,
			"the publication has more than %d tables: it should hold one outbox, with "
			"publish_via_partition_root",
			PUBLISHER_TABLES_MAX);
	if (!table)
		table = &publisher->tables[publisher->table_count];
	int r = outbox_table_map(relation, table);
	if (r == 0 && table == &publisher->tables[publisher->table_count])
		publisher->table_count++;
	return r;
}

static int topic_index(const struct publisher *publisher, const struct outbox_row *row)
{
	for (int i = 0; publisher->topics[i]; i++)
		if (strlen(publisher->topics[i]) == row->topic.size &&
			memcmp(publisher->topics[i], row->topic.bytes, row->topic.size) == 0)
			return i;
	return -1;
}

static size_t add_header(
	struct bus_header *headers, size_t count, const char *name, const void *value, size_t size)
{
	if (size == 0)
		return count;
	headers[count] = (struct bus_header){.name = name, .value = value, .size = size};
	return count + 1;
}

/* Not after its own commit: Kafka refuses messages from the future. */
static int64_t timestamp_us(const struct publisher *publisher, const struct outbox_row *row)
{
	bool known = row->occurred_at_us && row->occurred_at_us < publisher->committed_at_us;

	return known ? row->occurred_at_us : publisher->committed_at_us;
}

static int produce(struct publisher *publisher, int topic, const struct outbox_row *row)
{
	struct bus_header headers[4];
	size_t count = 0;

	count = add_header(headers, count, "id", row->id, UUID_TEXT_SIZE - 1);
	count = add_header(headers, count, "type", row->type.bytes, row->type.size);
	count = add_header(
		headers, count, "traceparent", row->traceparent.bytes, row->traceparent.size);
	count = add_header(headers, count, "sequence", row->sequence, strlen(row->sequence));
	return bus_txn_produce(publisher->transactor,
		&(struct bus_record){
			.topic = topic,
			.partition = -1,
			.key = row->key.bytes,
			.key_size = row->key.size,
			.value = row->payload,
			.value_size = row->payload_size,
			.headers = headers,
			.header_count = count,
			.timestamp_ms = timestamp_us(publisher, row) / US_PER_MS,
		});
}

int publisher_begin(struct publisher *publisher)
{
	int r;

	if (publisher->open)
		return 0;
	r = bus_txn_begin(publisher->transactor);
	publisher->open = r == 0;
	return r;
}

static int take_insert(struct publisher *publisher, const struct pgoutput_row *change)
{
	const struct outbox_table *table = table_find(publisher, change->relation_oid);
	struct outbox_row row;
	int topic;
	int r;

	if (!table)
		return fault(FAULT_INPUT, "a row of table %" PRIu32 ", which was never described",
			change->relation_oid);
	r = outbox_row_read(table, change, &row);
	if (r < 0)
		return r;
	topic = topic_index(publisher, &row);
	if (topic < 0)
		return fault(FAULT_INPUT,
			"outbox row %s: aggregatetype \"%.*s\" is no topic of this relay "
			"(RELAY_TOPICS); it is not left out, so nothing goes on",
			row.id, (int)row.topic.size, row.topic.bytes);
	r = publisher_begin(publisher);
	if (r != 0)
		return r;
	crash_point("relay.before_produce");
	r = produce(publisher, topic, &row);
	crash_point("relay.after_produce");
	if (r != 0)
		return r;
	publisher->events++;
	publisher->bytes += row.payload_size + row.key.size;
	return 0;
}

int publisher_take(struct publisher *publisher, const struct store_change *change)
{
	struct pgoutput_message *message = &publisher->message;
	int r = pgoutput_parse(change->bytes, change->size, message);

	if (r < 0)
		return r;
	switch (message->kind) {
	case PGOUTPUT_BEGIN:
		publisher->inside = true;
		publisher->committed_at_us = message->begin.at_us;
		return 0;
	case PGOUTPUT_COMMIT:
		publisher->inside = false;
		publisher->end_lsn = message->commit.end_lsn;
		publisher->transactions++;
		return 0;
	case PGOUTPUT_RELATION:
		return take_relation(publisher, &message->relation);
	case PGOUTPUT_INSERT:
		return take_insert(publisher, &message->row);
	case PGOUTPUT_UPDATE:
	case PGOUTPUT_DELETE:
	case PGOUTPUT_TRUNCATE:
		/* Only a publication of more than inserts sends them: rows are dropped, not unsent.
		 */
		publisher->ignored++;
		return 0;
	case PGOUTPUT_MESSAGE:
	case PGOUTPUT_ORIGIN:
	case PGOUTPUT_TYPE:
		return 0;
	}
	return 0;
}
