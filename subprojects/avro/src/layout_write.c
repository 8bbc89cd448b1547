#include <avro/layout.h>
#include <base/clock.h>

static void write_bytes(
	struct json_writer *writer, const char *name, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	struct buffer text BUFFER_CLEAN;

	buffer_init(&text, 0);
	for (size_t i = 0; i < size; i++) {
		buffer_add_byte(&text, (uint8_t)digits[bytes[i] >> 4]);
		buffer_add_byte(&text, (uint8_t)digits[bytes[i] & 0xf]);
	}
	json_text_of(writer, name, size == 0 ? "" : text.data, text.size);
}

/* json_time() writes null for 0; here 0 is a time. */
static void write_time(struct json_writer *writer, const char *name, int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];

	json_text(writer, name, clock_format(at_us, text));
}

static void write_text(struct json_writer *writer, const char *name, const char *text)
{
	if (text == NULL)
		json_null(writer, name);
	else
		json_text(writer, name, text);
}

/* What needs no more than where it lies. */
static void write_simple(
	struct json_writer *writer, const char *name, enum avro_kind kind, const void *value)
{
	switch (kind) {
	case AVRO_BOOLEAN:
		json_bool(writer, name, *(const bool *)value);
		return;
	case AVRO_INT:
		json_int(writer, name, *(const int32_t *)value);
		return;
	case AVRO_LONG:
		json_int(writer, name, *(const int64_t *)value);
		return;
	case AVRO_STRING:
		write_text(writer, name, *(const char *const *)value);
		return;
	case AVRO_UUID:
		json_uuid(writer, name, value);
		return;
	case AVRO_DECIMAL:
		json_money(writer, name, *(const money_t *)value);
		return;
	case AVRO_TIMESTAMP:
		write_time(writer, name, *(const int64_t *)value);
		return;
	default:
		return;
	}
}

static void write_array(struct json_writer *writer, const struct avro_member *member,
	const uint8_t *items, size_t count)
{
	json_array_begin(writer, member->name);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *item = items + i * member->item_size;

		if (member->item_kind == AVRO_RECORD)
			avro_write_json(member->layout, item, NULL, writer);
		else
			write_simple(writer, NULL, member->item_kind, item);
	}
	json_array_end(writer);
}

static bool is_null(const struct avro_member *member, const uint8_t *record)
{
	const void *value = record + member->offset;

	if (!member->nullable)
		return false;
	switch (member->kind) {
	case AVRO_STRING:
	case AVRO_BYTES:
		return *(const void *const *)value == NULL;
	case AVRO_UUID:
		return uuid_is_nil(value);
	default:
		return !*(const bool *)(record + member->extra);
	}
}

static void write_member(
	struct json_writer *writer, const struct avro_member *member, const uint8_t *record)
{
	const void *value = record + member->offset;
	const void *extra = record + member->extra;

	if (is_null(member, record)) {
		json_null(writer, member->name);
		return;
	}
	switch (member->kind) {
	case AVRO_BYTES:
		write_bytes(writer, member->name, *(const uint8_t *const *)value,
			*(const size_t *)extra);
		return;
	case AVRO_ENUM:
		json_text(writer, member->name, member->symbols[*(const unsigned *)value]);
		return;
	case AVRO_RECORD:
		avro_write_json(member->layout, value, member->name, writer);
		return;
	case AVRO_ARRAY:
		write_array(writer, member, *(const uint8_t *const *)value, *(const size_t *)extra);
		return;
	default:
		write_simple(writer, member->name, member->kind, value);
		return;
	}
}

void avro_write_json(const struct avro_layout *layout, const void *record, const char *name,
	struct json_writer *writer)
{
	json_object_begin(writer, name);
	for (size_t i = 0; i < layout->member_count; i++)
		write_member(writer, &layout->members[i], record);
	json_object_end(writer);
}
