/*
 * The hot path of the relay: parse, map, produce. Nothing is allocated here.
 */
#include "publisher.h"

#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/log.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void publisher_init(
	struct publisher *publisher, struct bus_transactor *transactor, const char *const *topics)
{
	/* Not as a whole: the spans are many, and need not be cleared. */
	memset(publisher, 0, offsetof(struct publisher, spans));
	publisher->transactor = transactor;
	publisher->topics = topics;
}

static void record(
	const struct publisher *publisher, const struct publisher_span *span, bool committed)
{
	span_record(&(struct span){
		.trace = span->trace,
		.kind = SPAN_PRODUCER,
		.name = "send",
		.target = publisher->topics[span->topic],
		.start_us = span->start_us,
		.end_us = clock_now_us(),
		.failed = !committed,
		.attributes = SPAN_ATTRIBUTES(SPAN_TEXT("messaging.system", "kafka"),
			SPAN_TEXT("messaging.operation.type", "send"),
			SPAN_TEXT("messaging.operation.name", "send"),
			SPAN_TEXT("messaging.destination.name", publisher->topics[span->topic]),
			SPAN_UUID("messaging.message.id", &span->id),
			SPAN_UUID("orderlab.order_id", uuid_is_nil(&span->key) ? NULL : &span->key),
			SPAN_TEXT("orderlab.event_type", span->type),
			SPAN_NUMBER("orderlab.batch_size", publisher->events),
			SPAN_TEXT("error.type", committed ? NULL : "given_up")),
	});
}

void publisher_end(struct publisher *publisher, bool committed)
{
	for (size_t i = 0; i < publisher->span_count; i++)
		record(publisher, &publisher->spans[i], committed);
	publisher->span_count = 0;
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

/*
 * A row's place in the picture of its trace: between whoever wrote it and whoever takes the
 * message. False when it gets none; then the message names the writer, as the row does.
 */
static bool add_span(struct publisher *publisher, int topic, const struct outbox_row *row,
	char text[static TRACE_TEXT_SIZE])
{
	struct publisher_span *span = &publisher->spans[publisher->span_count];
	struct trace writer;

	if (row->traceparent.size == 0 ||
		trace_parse(row->traceparent.bytes, row->traceparent.size, &writer) != 0 ||
		!span_wanted(&writer))
		return false;
	if (publisher->span_count == PUBLISHER_SPANS_MAX) {
		span_lost(1);
		return false;
	}
	*span = (struct publisher_span){
		.trace = trace_child(&writer),
		.start_us = publisher->committed_at_us,
		.topic = topic,
	};
	(void)uuid_parse(row->id, strlen(row->id), &span->id);
	(void)uuid_parse(row->key.bytes, row->key.size, &span->key);
	(void)snprintf(span->type, sizeof(span->type), "%.*s", (int)row->type.size,
		row->type.bytes ? row->type.bytes : "");
	(void)trace_format(&span->trace, text);
	publisher->span_count++;
	return true;
}

static int produce(struct publisher *publisher, int topic, const struct outbox_row *row)
{
	struct outbox_text traceparent = row->traceparent;
	char text[TRACE_TEXT_SIZE];
	struct bus_header headers[4];
	size_t count = 0;

	if (add_span(publisher, topic, row, text))
		traceparent = (struct outbox_text){.bytes = text, .size = TRACE_TEXT_SIZE - 1};

	count = add_header(headers, count, "id", row->id, UUID_TEXT_SIZE - 1);
	count = add_header(headers, count, "type", row->type.bytes, row->type.size);
	count = add_header(headers, count, "traceparent", traceparent.bytes, traceparent.size);
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
