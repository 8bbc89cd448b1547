#include <avro/wire.h>
#include <string.h>

#define VARINT_SIZE_MAX 10

void avro_write_boolean(struct buffer *out, bool value)
{
	buffer_add_byte(out, value ? 1 : 0);
}

void avro_write_int(struct buffer *out, int32_t value)
{
	/* On the wire an int is a long that stayed small. */
	avro_write_long(out, value);
}

void avro_write_long(struct buffer *out, int64_t value)
{
	uint64_t bits = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
	uint8_t bytes[VARINT_SIZE_MAX];
	size_t size = 0;

	for (; bits >= 0x80; bits >>= 7)
		bytes[size++] = (uint8_t)(bits | 0x80);
	bytes[size++] = (uint8_t)bits;
	buffer_add(out, bytes, size);
}

void avro_write_bytes(struct buffer *out, const void *bytes, size_t size)
{
	avro_write_long(out, (int64_t)size);
	buffer_add(out, bytes, size);
}

void avro_write_string(struct buffer *out, const char *text)
{
	avro_write_bytes(out, text, strlen(text));
}

void avro_write_uuid(struct buffer *out, const struct uuid *id)
{
	char text[UUID_TEXT_SIZE];

	avro_write_bytes(out, uuid_format(id, text), UUID_TEXT_SIZE - 1);
}

/* Two's complement, highest byte first, as few bytes as keep the sign. */
void avro_write_decimal(struct buffer *out, money_t amount)
{
	uint8_t bytes[sizeof(amount)];
	size_t first = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((uint64_t)amount >> (8 * (sizeof(bytes) - 1 - i)));
	while (first < sizeof(bytes) - 1 &&
		((bytes[first] == 0 && bytes[first + 1] < 0x80) ||
			(bytes[first] == 0xff && bytes[first + 1] >= 0x80)))
		first++;
	avro_write_bytes(out, bytes + first, sizeof(bytes) - first);
}

void avro_write_header(struct buffer *out, uint32_t schema_id)
{
	const uint8_t bytes[AVRO_HEADER_SIZE] = {
		0,
		(uint8_t)(schema_id >> 24),
		(uint8_t)(schema_id >> 16),
		(uint8_t)(schema_id >> 8),
		(uint8_t)schema_id,
	};

	buffer_add(out, bytes, sizeof(bytes));
}
