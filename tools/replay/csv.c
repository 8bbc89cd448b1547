#include "csv.h"

#include <base/fault.h>
#include <bus/cluster.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 4
#define QUOTED_FROM 24

struct line {
	const char *fields[FIELDS_MAX];
	size_t count;
};

/* One field from @at, without its quotes; *@at is then behind it. NULL: a quote is not closed. */
static const char *take_field(const char **at, const char *end, struct arena *arena)
{
	const char *from = *at;
	char *field = arena_alloc(arena, (size_t)(end - from) + 1);
	size_t size = 0;

	if (from == end || *from != '"') {
		while (from < end && *from != ',')
			field[size++] = *from++;
		*at = from;
		return field;
	}
	for (from++; from < end; from++) {
		if (*from == '"' && (from + 1 == end || from[1] != '"')) {
			*at = from + 1;
			return field;
		}
		from += *from == '"';
		field[size++] = *from;
	}
	return NULL;
}

static bool split(const char *at, const char *end, struct arena *arena, struct line *line)
{
	line->count = 0;
	for (;;) {
		const char *field = take_field(&at, end, arena);

		if (!field || line->count == FIELDS_MAX)
			return false;
		line->fields[line->count++] = field;
		if (at == end)
			return line->count >= 3;
		if (*at++ != ',')
			return false;
	}
}

static bool parse_number(const char *text, int64_t max, int64_t *ret_number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret_number = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' && *ret_number <= max;
}

static bool is_there(
	const struct bus_position *positions, size_t count, const char *topic, int64_t partition)
{
	for (size_t i = 0; i < count; i++) {
		if (positions[i].partition == partition && strcmp(positions[i].topic, topic) == 0)
			return true;
	}
	return false;
}

struct reading {
	const char *name, *group;
	struct arena *arena;
	struct bus_position *positions;
	size_t count;
	int number; /* of the line */
};

static int take_line(struct reading *reading, const char *at, const char *end)
{
	struct line line;
	int64_t partition, offset;
	size_t first;

	if (!split(at, end, reading->arena, &line))
		return fault(FAULT_USAGE,
			"%s, line %d: '%.*s' is not topic,partition,offset nor "
			"group,topic,partition,offset",
			reading->name, reading->number, (int)(end - at > 80 ? 80 : end - at), at);
	first = line.count - 3;
	if (first == 1 && strcmp(line.fields[0], reading->group) != 0)
		return 0;
	if (*line.fields[first] == '\0' ||
		!parse_number(line.fields[first + 1], INT32_MAX, &partition) ||
		!parse_number(line.fields[first + 2], INT64_MAX, &offset))
		return fault(FAULT_USAGE,
			"%s, line %d: partition and offset must be numbers, 0 or more",
			reading->name, reading->number);
	if (is_there(reading->positions, reading->count, line.fields[first], partition))
		return fault(FAULT_USAGE, "%s, line %d: %s, partition %" PRId64 " comes twice",
			reading->name, reading->number, line.fields[first], partition);
	if (reading->count == BUS_PARTITIONS_MAX)
		return fault(FAULT_USAGE, "%s: more than %d partitions", reading->name,
			BUS_PARTITIONS_MAX);
	reading->positions[reading->count++] = (struct bus_position){
		.topic = line.fields[first], .partition = (int32_t)partition, .offset = offset};
	return 0;
}

int csv_read(const char *name, const char *text, size_t size, const char *group,
	struct arena *arena, struct bus_position **ret_positions, size_t *ret_count)
{
	struct reading reading = {.name = name, .group = group, .arena = arena};
	const char *at = text, *last = text + size;

	reading.positions = arena_array(arena, BUS_PARTITIONS_MAX, sizeof(*reading.positions));
	while (at < last) {
		const char *next = memchr(at, '\n', (size_t)(last - at));
		const char *end = next ? next : last;
		int r = 0;

		reading.number++;
		if (end > at && end[-1] == '\r')
			end--;
		if (end > at)
			r = take_line(&reading, at, end);
		if (r < 0)
			return r;
		at = next ? next + 1 : last;
	}
	if (reading.count == 0)
		return fault(FAULT_USAGE, "%s has no offsets of group %s", name, group);
	*ret_positions = reading.positions;
	*ret_count = reading.count;
	return 0;
}

/* As Jackson does: what is long is quoted unseen, what is short where a character asks for it. */
static bool wants_quotes(const char *text)
{
	size_t size = 0;

	for (; text[size] != '\0'; size++) {
		if (text[size] < '-' || size == QUOTED_FROM)
			return true;
	}
	return false;
}

static void write_text(const char *text, struct buffer *out)
{
	if (!wants_quotes(text)) {
		buffer_add_text(out, text);
		return;
	}
	buffer_add_byte(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buffer_add_byte(out, '"');
		buffer_add_byte(out, (uint8_t)*text);
	}
	buffer_add_byte(out, '"');
}

void csv_write(const struct bus_position *positions, size_t count, struct buffer *out)
{
	for (size_t i = 0; i < count; i++) {
		if (positions[i].offset < 0)
			continue;
		write_text(positions[i].topic, out);
		buffer_add_format(out, ",%" PRId32 ",%" PRId64 "\n", positions[i].partition,
			positions[i].offset);
	}
}
