#include <avro/layout.h>
#include <base/clock.h>
#include <base/fault.h>
#include <json/json.h>
#include <string.h>

/* One value on its way from JSON into a struct. */
struct reading {
	const struct avro_layout *layout;
	const char *name;
	struct arena *arena;
};

static int wrong(const struct reading *reading, const char *wanted)
{
	return fault(
		FAULT_INPUT, "%s.%s: %s expected", reading->layout->name, reading->name, wanted);
}

static int read_int(const struct reading *reading, const struct json_value *value, int64_t min,
	int64_t max, int64_t *ret_number)
{
	if (json_kind_of(value) != JSON_INT || json_number(value) < min || json_number(value) > max)
		return wrong(reading, max == INT32_MAX ? "an int" : "a long");
	*ret_number = json_number(value);
	return 0;
}

static int read_text(const struct reading *reading, const struct json_value *value, size_t max,
	const char **ret_text)
{
	const char *text;
	size_t size;

	if (json_kind_of(value) != JSON_TEXT)
		return wrong(reading, "text");
	text = json_string(value, &size);
	if (size > max)
		return fault(FAULT_INPUT, "%s.%s: longer than %zu bytes", reading->layout->name,
			reading->name, max);
	*ret_text = arena_string_of(reading->arena, text, size);
	return 0;
}

/* uuid, decimal, timestamp: text with a form of its own. The caller has the words. */
static int read_formed(const struct json_value *value, enum avro_kind kind, void *ret_value)
{
	const char *text;
	size_t size;

	if (json_kind_of(value) != JSON_TEXT)
		return FAULT_INPUT;
	text = json_string(value, &size);
	if (kind == AVRO_UUID)
		return uuid_parse(text, size, ret_value);
	if (kind == AVRO_DECIMAL)
		return money_parse(text, size, ret_value);
	return clock_parse(text, size, ret_value);
}

static int read_simple(const struct reading *reading, const struct json_value *value,
	enum avro_kind kind, size_t max, void *ret_value)
{
	int64_t number;
	int r;

	switch (kind) {
	case AVRO_BOOLEAN:
		if (json_kind_of(value) != JSON_BOOL)
			return wrong(reading, "true or false");
		*(bool *)ret_value = json_truth(value);
		return 0;
	case AVRO_INT:
		r = read_int(reading, value, INT32_MIN, INT32_MAX, &number);
		if (r == 0)
			*(int32_t *)ret_value = (int32_t)number;
		return r;
	case AVRO_LONG:
		return read_int(reading, value, INT64_MIN, INT64_MAX, ret_value);
	case AVRO_STRING:
		return read_text(reading, value, max, ret_value);
	default:
		return read_formed(value, kind, ret_value) < 0
			? wrong(reading, avro_kind_name(kind))
			: 0;
	}
}

static int hex_digit(char digit)
{
	const char *digits = "0123456789abcdef";
	const char *at = digit == '\0' ? NULL : strchr(digits, digit);

	return at == NULL ? -1 : (int)(at - digits);
}

static int read_bytes(const struct reading *reading, const struct json_value *value, size_t max,
	const void **ret_bytes, size_t *ret_size)
{
	const char *text;
	uint8_t *bytes;
	size_t size;

	if (json_kind_of(value) != JSON_TEXT)
		return wrong(reading, "hex digits");
	text = json_string(value, &size);
	if (size % 2 != 0 || size / 2 > max)
		return wrong(reading, "an even number of hex digits within maxLength");
	bytes = arena_alloc(reading->arena, size / 2);
	for (size_t i = 0; i < size / 2; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return wrong(reading, "hex digits");
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret_bytes = bytes;
	*ret_size = size / 2;
	return 0;
}

static int read_symbol(const struct reading *reading, const struct json_value *value,
	const struct avro_member *member, unsigned *ret_symbol)
{
	if (json_kind_of(value) != JSON_TEXT)
		return wrong(reading, "a symbol");
	for (size_t i = 0; i < member->symbol_count; i++) {
		if (strcmp(member->symbols[i], json_string(value, NULL)) != 0)
			continue;
		*ret_symbol = (unsigned)i;
		return 0;
	}
	return wrong(reading, "one of the enum's symbols");
}

static int read_array(const struct reading *reading, const struct json_value *value,
	const struct avro_member *member, const void **ret_items, size_t *ret_count)
{
	uint8_t *items;
	int r = 0;

	if (json_kind_of(value) != JSON_ARRAY || json_count(value) > member->max)
		return wrong(reading, "an array within maxItems");
	items = arena_array(reading->arena, json_count(value), member->item_size);
	for (size_t i = 0; r == 0 && i < json_count(value); i++) {
		const struct json_value *item = json_element(value, i);

		if (member->item_kind == AVRO_RECORD)
			r = avro_read_json(member->layout, item, reading->arena,
				items + i * member->item_size);
		else
			r = read_simple(reading, item, member->item_kind, member->item_max,
				items + i * member->item_size);
	}
	*ret_items = items;
	*ret_count = json_count(value);
	return r;
}

static int read_member(const struct reading *reading, const struct json_value *value,
	const struct avro_member *member, uint8_t *record)
{
	void *target = record + member->offset;
	void *extra = record + member->extra;

	if (json_kind_of(value) == JSON_NULL && member->nullable)
		return 0;
	switch (member->kind) {
	case AVRO_BYTES:
		return read_bytes(reading, value, member->max, target, extra);
	case AVRO_RECORD:
		return avro_read_json(member->layout, value, reading->arena, target);
	case AVRO_ARRAY:
		return read_array(reading, value, member, target, extra);
	case AVRO_STRING:
	case AVRO_UUID:
		return read_simple(reading, value, member->kind, member->max, target);
	default:
		break;
	}
	/* What has no value of its own for null says so beside it. */
	if (member->nullable)
		*(bool *)extra = true;
	if (member->kind == AVRO_ENUM)
		return read_symbol(reading, value, member, target);
	return read_simple(reading, value, member->kind, member->max, target);
}

int avro_read_json(const struct avro_layout *layout, const struct json_value *object,
	struct arena *arena, void *ret_record)
{
	struct reading reading = {.layout = layout, .name = "", .arena = arena};

	if (json_kind_of(object) != JSON_OBJECT)
		return wrong(&reading, "an object");
	memset(ret_record, 0, layout->size);
	for (size_t i = 0; i < layout->member_count; i++) {
		const struct avro_member *member = &layout->members[i];
		const struct json_value *value = json_member(object, member->name);
		int r;

		reading.name = member->name;
		if (value == NULL)
			return wrong(&reading, "a value");
		r = read_member(&reading, value, member, ret_record);
		if (r < 0)
			return r;
	}
	/* All members are there, so more than these is one too many. */
	if (json_count(object) != layout->member_count)
		return fault(
			FAULT_INPUT, "%s: holds members that are not in the schema", layout->name);
	return 0;
}
