#include "bounds.h"
#include "text.h"

#include <avro/wire.h>
#include <base/fault.h>
#include <string.h>

int avro_check_string(const char *path, const char *text, size_t length_max)
{
	size_t length;

	if (text == NULL)
		return fault(FAULT_INPUT, "%s: no text", path);
	length = strnlen(text, length_max + 1);
	if (length > length_max)
		return fault(FAULT_INPUT, "%s: longer than %zu bytes", path, length_max);
	if (!text_is_valid((const uint8_t *)text, length))
		return fault(FAULT_INPUT, "%s: not UTF-8", path);
	return 0;
}

int avro_check_bytes(const char *path, const void *bytes, size_t size, size_t length_max)
{
	if (bytes == NULL && size > 0)
		return fault(FAULT_INPUT, "%s: no bytes", path);
	if (size > length_max)
		return fault(FAULT_INPUT, "%s: longer than %zu bytes", path, length_max);
	return 0;
}

int avro_check_decimal(const char *path, money_t amount)
{
	if (amount < -MONEY_MAX || amount > MONEY_MAX)
		return fault(FAULT_INPUT, "%s: an amount beyond 18 digits", path);
	return 0;
}

int avro_check_timestamp(const char *path, int64_t at_us)
{
	if (at_us < TIMESTAMP_MIN_US || at_us > TIMESTAMP_MAX_US)
		return fault(FAULT_INPUT, "%s: a time outside the years 1 to 9999", path);
	return 0;
}

int avro_check_count(const char *path, const void *items, size_t count, size_t items_max)
{
	if (items == NULL && count > 0)
		return fault(FAULT_INPUT, "%s: no items", path);
	if (count > items_max)
		return fault(FAULT_INPUT, "%s: more than %zu items", path, items_max);
	return 0;
}

int avro_check_enum(const char *path, size_t symbol, size_t symbols)
{
	if (symbol >= symbols)
		return fault(FAULT_INPUT, "%s: no such symbol", path);
	return 0;
}
