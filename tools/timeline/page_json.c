#include "page.h"
#include "words.h"

#include <base/json_writer.h>
#include <string.h>

static const char *kind_name(enum record_kind kind)
{
	static const char *const names[] = {
		[RECORD_TOOK] = "took",
		[RECORD_STEP] = "step",
		[RECORD_ROW] = "row",
		[RECORD_SAID] = "said",
		[RECORD_MESSAGE] = "message",
		[RECORD_AGAIN] = "again",
		[RECORD_ALONE] = "alone",
		[RECORD_COUNTED] = "counted",
		[RECORD_DEAD] = "dead",
		[RECORD_WAIT] = "wait",
		[RECORD_LOG] = "log",
		[RECORD_LOG_END] = "log end",
		[RECORD_FACT] = "fact",
		[RECORD_GONE] = "gone",
	};

	return names[kind];
}

static void write_text(struct json_writer *writer, const char *name, const char *text)
{
	if (text)
		json_text(writer, name, text);
	else
		json_null(writer, name);
}

static void write_order(struct json_writer *writer, const struct timeline *timeline)
{
	const struct subject *subject = &timeline->subject;

	json_uuid(writer, "orderId", &timeline->order_id);
	if (!subject->known) {
		json_null(writer, "order");
		return;
	}
	json_object_begin(writer, "order");
	json_text(writer, "status", subject->status);
	json_text(writer, "step", subject->step);
	json_text(writer, "customerId", subject->customer_id);
	json_text(writer, "paymentMethod", subject->payment_method);
	json_money(writer, "totalAmount", subject->total);
	json_bool(writer, "refunded", subject->refunded);
	json_bool(writer, "stuck", subject->stuck);
	write_text(writer, "cancellationReason", subject->reason);
	write_text(writer, "traceparent", subject->traceparent);
	json_time(writer, "createdAt", subject->created_us);
	json_time(writer, "updatedAt", subject->updated_us);
	json_time(writer, "deadline", subject->deadline_us);
	json_object_end(writer);
}

static void write_sources(struct json_writer *writer, const struct timeline *timeline)
{
	json_array_begin(writer, "sources");
	for (size_t i = 0; i < timeline->source_count; i++) {
		json_object_begin(writer, NULL);
		json_text(writer, "name", timeline->sources[i].name);
		json_bool(writer, "there", timeline->sources[i].there);
		write_text(writer, "reason", timeline->sources[i].words);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void write_place(struct json_writer *writer, const struct record *record)
{
	if (!uuid_is_nil(&record->event_id))
		json_uuid(writer, "eventId", &record->event_id);
	if (record->topic)
		json_text(writer, "topic", record->topic);
	if (record->offset >= 0) {
		json_int(writer, "partition", record->partition);
		json_int(writer, "offset", record->offset);
	}
	if (record->sequence > 0)
		json_int(writer, "sequence", record->sequence);
	if (record->deliveries > 0)
		json_int(writer, "deliveries", record->deliveries);
	if (record->outcome)
		json_text(writer, "outcome", record->outcome);
	if (record->xid != 0)
		json_int(writer, "xid", record->xid);
}

static void write_records(struct json_writer *writer, const struct timeline *timeline)
{
	int64_t first_us = timeline->count > 0 ? timeline->records[0].at_us : 0;
	int64_t before_us = first_us;

	json_array_begin(writer, "records");
	for (size_t i = 0; i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		json_object_begin(writer, NULL);
		json_time(writer, "at", record->at_us);
		if (record->at_us != 0) {
			json_int(writer, "sinceUs", record->at_us - first_us);
			json_int(writer, "deltaUs", record->at_us - before_us);
			before_us = record->at_us;
		}
		json_text(writer, "kind", kind_name(record->kind));
		json_text(writer, "where", record->place);
		write_text(writer, "what", record->what);
		json_text(writer, "detail", words_detail(record, timeline->arena));
		write_place(writer, record);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void write_hops(struct json_writer *writer, const struct hops *hops)
{
	json_array_begin(writer, "hops");
	for (size_t i = 0; i < hops->count; i++) {
		json_object_begin(writer, NULL);
		write_text(writer, "step", hops->list[i].step);
		json_text(writer, "what", hops->list[i].what);
		json_int(writer, "us", hops->list[i].us);
		json_object_end(writer);
	}
	json_array_end(writer);
	json_int(writer, "totalUs", hops->total_us);
	json_bool(writer, "ended", hops->ended);
	json_bool(writer, "clocksDiffer", hops->backwards);
}

void page_write_json(const struct timeline *timeline, const struct hops *hops, struct buffer *out)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	write_order(&writer, timeline);
	write_sources(&writer, timeline);
	write_records(&writer, timeline);
	write_hops(&writer, hops);
	json_array_begin(&writer, "notes");
	for (size_t i = 0; i < timeline->note_count; i++)
		json_text(&writer, NULL, timeline->notes[i]);
	json_array_end(&writer);
	json_bool(&writer, "more", timeline->full);
	json_object_end(&writer);
	buffer_add_byte(out, '\n');
}
