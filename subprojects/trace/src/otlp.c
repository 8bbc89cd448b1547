#include "otlp.h"

#include <string.h>

#define SCOPE_NAME "order-lab"
#define STATUS_ERROR 2
#define VARINT_MAX 10
#define TAIL_MAX (1 + VARINT_MAX + 4 + 6) /* what stands behind the attributes */

/* Wire types of Protobuf. */
enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

struct proto {
	uint8_t *bytes;
	size_t size, room;
};

/* ---- numbers and bytes ---- */

static size_t varint_size(uint64_t number)
{
	size_t size = 1;

	for (; number >= 0x80; number >>= 7)
		size++;
	return size;
}

static void put_varint(struct proto *proto, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		proto->bytes[proto->size++] = (uint8_t)(number | 0x80);
	proto->bytes[proto->size++] = (uint8_t)number;
}

/* All our fields are below 16: a tag is one byte. */
static void put_tag(struct proto *proto, unsigned field, enum wire wire)
{
	proto->bytes[proto->size++] = (uint8_t)(field << 3 | wire);
}

static void put_number(struct proto *proto, unsigned field, uint64_t number)
{
	put_tag(proto, field, VARINT);
	put_varint(proto, number);
}

static void put_bytes(struct proto *proto, unsigned field, const void *bytes, size_t size)
{
	put_tag(proto, field, BYTES);
	put_varint(proto, size);
	memcpy(proto->bytes + proto->size, bytes, size);
	proto->size += size;
}

static void put_fixed(struct proto *proto, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		proto->bytes[proto->size++] = (uint8_t)(number >> 8 * i);
}

static void put_time(struct proto *proto, unsigned field, int64_t at_us)
{
	put_tag(proto, field, FIXED64);
	put_fixed(proto, (uint64_t)at_us * 1000, 8);
}

/* What a field of bytes takes with its tag. */
static size_t field_size(size_t size)
{
	return 1 + varint_size(size) + size;
}

/* Protobuf's strings are UTF-8, and who takes them may insist: ASCII is both. */
static size_t text_copy(char to[static SPAN_TEXT_MAX], const char *text)
{
	size_t size = strnlen(text, SPAN_TEXT_MAX);

	for (size_t i = 0; i < size; i++)
		to[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
	return size;
}

/* ---- attributes ---- */

/* AnyValue: string_value = 1, int_value = 3. */
struct value {
	char text[SPAN_TEXT_MAX];
	size_t text_size, size;
	bool is_number;
	uint64_t number;
};

static bool value_of(const struct span_attribute *attribute, struct value *value)
{
	char uuid[UUID_TEXT_SIZE];

	value->is_number = attribute->kind == SPAN_VALUE_NUMBER;
	value->number = (uint64_t)attribute->number;
	value->text_size = 0;
	if (value->is_number)
		value->size = 1 + varint_size(value->number);
	else if (attribute->kind == SPAN_VALUE_UUID && attribute->uuid)
		value->text_size = text_copy(value->text, uuid_format(attribute->uuid, uuid));
	else if (attribute->kind == SPAN_VALUE_TEXT && attribute->text)
		value->text_size = text_copy(value->text, attribute->text);
	else
		return false;
	if (!value->is_number)
		value->size = field_size(value->text_size);
	return true;
}

/* KeyValue: key = 1, value = 2. False when it does not fit. */
static bool put_attribute(
	struct proto *proto, unsigned field, const char *key, const struct value *value)
{
	size_t key_size = strlen(key);
	size_t size = field_size(key_size) + field_size(value->size);

	if (proto->size + field_size(size) > proto->room)
		return false;
	put_tag(proto, field, BYTES);
	put_varint(proto, size);
	put_bytes(proto, 1, key, key_size);
	put_tag(proto, 2, BYTES);
	put_varint(proto, value->size);
	if (value->is_number)
		put_number(proto, 3, value->number);
	else
		put_bytes(proto, 1, value->text, value->text_size);
	return true;
}

/* Returns how many found no room. */
static uint64_t put_attributes(
	struct proto *proto, unsigned field, const struct span_attribute *attributes)
{
	struct value value;
	uint64_t left_out = 0;

	for (; attributes && attributes->key; attributes++) {
		if (value_of(attributes, &value))
			left_out += !put_attribute(proto, field, attributes->key, &value);
	}
	return left_out;
}

size_t otlp_resource(
	const struct span_attribute *attributes, uint8_t bytes[static OTLP_RESOURCE_BYTES])
{
	struct proto proto = {.bytes = bytes, .room = OTLP_RESOURCE_BYTES};

	(void)put_attributes(&proto, 1, attributes);
	return proto.size;
}

/* ---- a span ---- */

static void put_name(struct proto *proto, const struct span *span)
{
	char name[2 * SPAN_TEXT_MAX + 1];
	size_t size = text_copy(name, span->name);

	if (span->target) {
		name[size++] = ' ';
		size += text_copy(name + size, span->target);
	}
	put_bytes(proto, 5, name, size < SPAN_TEXT_MAX ? size : SPAN_TEXT_MAX);
}

static void put_ids(struct proto *proto, const struct trace *trace)
{
	static const uint8_t none[sizeof(trace->parent_id)];

	put_bytes(proto, 1, trace->trace_id, sizeof(trace->trace_id));
	put_bytes(proto, 2, trace->span_id, sizeof(trace->span_id));
	if (memcmp(trace->parent_id, none, sizeof(none)) != 0)
		put_bytes(proto, 4, trace->parent_id, sizeof(trace->parent_id));
}

/* What always has room. */
static void put_tail(struct proto *proto, const struct span *span, uint64_t left_out)
{
	/* Status { code = 3: ERROR }. */
	static const uint8_t error[] = {3 << 3 | VARINT, STATUS_ERROR};

	if (left_out > 0)
		put_number(proto, 10, left_out);
	if (span->failed)
		put_bytes(proto, 15, error, sizeof(error));
	/* Field 16, flags: its tag has two bytes. */
	put_varint(proto, 16 << 3 | FIXED32);
	put_fixed(proto, span->trace.flags, 4);
}

static void put_span(struct proto *proto, const struct span *span)
{
	put_ids(proto, &span->trace);
	put_name(proto, span);
	put_number(proto, 6, span->kind);
	put_time(proto, 7, span->start_us);
	/* A clock that was set back meanwhile must not make time run backwards here. */
	put_time(proto, 8, span->end_us < span->start_us ? span->start_us : span->end_us);
	put_tail(proto, span, put_attributes(proto, 9, span->attributes));
}

size_t otlp_span(const struct span *span, uint8_t *bytes, size_t room)
{
	/* In front, the field's tag and a length that always has two bytes. */
	enum { HEAD = 3 };
	struct proto proto = {.bytes = bytes + HEAD, .room = room - HEAD - TAIL_MAX};

	put_span(&proto, span);
	bytes[0] = 2 << 3 | BYTES;
	bytes[1] = (uint8_t)(proto.size | 0x80);
	bytes[2] = (uint8_t)(proto.size >> 7);
	return HEAD + proto.size;
}

/* ---- a request and its answer ---- */

static void add_head(struct buffer *out, unsigned field, size_t size)
{
	uint8_t bytes[1 + VARINT_MAX];
	struct proto proto = {.bytes = bytes};

	put_tag(&proto, field, BYTES);
	put_varint(&proto, size);
	buffer_add(out, bytes, proto.size);
}

void otlp_request(const uint8_t *resource, size_t resource_size, const struct buffer *spans,
	struct buffer *out)
{
	const size_t name_size = sizeof(SCOPE_NAME) - 1, scope_size = field_size(name_size);
	size_t scope_spans_size = field_size(scope_size) + spans->size;

	add_head(out, 1, field_size(resource_size) + field_size(scope_spans_size));
	add_head(out, 1, resource_size);
	buffer_add(out, resource, resource_size);
	add_head(out, 2, scope_spans_size);
	add_head(out, 1, scope_size);
	add_head(out, 1, name_size);
	buffer_add(out, SCOPE_NAME, name_size);
	buffer_add(out, spans->data, spans->size);
}

struct reading {
	const uint8_t *at, *end;
};

static bool get_varint(struct reading *reading, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (unsigned shift = 0; reading->at < reading->end && shift < 64; shift += 7) {
		uint8_t byte = *reading->at++;

		number |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret_number = number;
			return true;
		}
	}
	return false;
}

/*
 * The first field @wanted of the message: its number, or its length with the reading at its
 * bytes. False: there is none.
 */
static bool get_field(struct reading *reading, uint64_t wanted, uint64_t *ret_number)
{
	uint64_t tag, size;

	while (get_varint(reading, &tag)) {
		switch (tag & 7) {
		case VARINT:
		case BYTES:
			if (!get_varint(reading, &size))
				return false;
			if (tag >> 3 == wanted) {
				*ret_number = size;
				return true;
			}
			size = (tag & 7) == BYTES ? size : 0;
			break;
		case FIXED64:
			size = 8;
			break;
		case FIXED32:
			size = 4;
			break;
		default:
			return false;
		}
		if (size > (uint64_t)(reading->end - reading->at))
			return false;
		reading->at += size;
	}
	return false;
}

/* ExportTraceServiceResponse { partial_success = 1 { rejected_spans = 1 } }. */
int64_t otlp_rejected(const void *answer, size_t size)
{
	struct reading reading = {.at = answer, .end = (const uint8_t *)answer + size};
	uint64_t number;

	if (!get_field(&reading, 1, &number) || number > (uint64_t)(reading.end - reading.at))
		return 0;
	reading.end = reading.at + number;
	if (!get_field(&reading, 1, &number) || number > INT32_MAX)
		return 0;
	return (int64_t)number;
}
