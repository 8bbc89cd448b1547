#include "selection.h"

#include <base/clock.h>
#include <base/fault.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_DAY (INT64_C(86400) * US_PER_S)
#define DURATION_MAX_US (INT64_C(36525) * US_PER_DAY) /* a hundred years */
#define FRACTION_DIGITS 6

static bool given(const char *text)
{
	return text && *text;
}

/* A whole number, all of the text; a sign only where @sign says so. */
static bool parse_number(const char *text, bool sign, int64_t *ret_number)
{
	const char *digits = text + (sign && (*text == '+' || *text == '-'));
	char *end;

	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	*ret_number = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static int parse_topic(
	const char *text, size_t size, struct arena *arena, struct selection_topic *topic)
{
	const char *word = arena_string_of(arena, text, size);
	size_t name_size = strcspn(word, ":");
	const char *at = word + name_size;

	*topic = (struct selection_topic){.name = arena_string_of(arena, word, name_size)};
	if (name_size == 0)
		return fault(FAULT_USAGE, "--topic: '%s' names no topic", word);
	while (*at != '\0') {
		size_t digits = strspn(++at, "0123456789");

		if (digits == 0 || digits > 6 || (at[digits] != ',' && at[digits] != '\0'))
			return fault(FAULT_USAGE, "--topic: '%s' wants the form topic or topic:0,2",
				word);
		if (topic->count == SELECTION_PARTITIONS_MAX)
			return fault(FAULT_USAGE, "--topic: '%s' names more than %d partitions",
				word, SELECTION_PARTITIONS_MAX);
		topic->partitions[topic->count++] = (int32_t)strtol(at, NULL, 10);
		at += digits;
	}
	return 0;
}

int selection_parse_topics(const char *text, struct arena *arena, struct selection *ret_selection)
{
	size_t count = 0;

	for (const char *at = text + strspn(text, " "); *at != '\0'; at += strspn(at, " ")) {
		size_t size = strcspn(at, " ");
		int r;

		if (count == SELECTION_TOPICS_MAX)
			return fault(
				FAULT_USAGE, "--topic: more than %d topics", SELECTION_TOPICS_MAX);
		r = parse_topic(at, size, arena, &ret_selection->topics[count++]);
		if (r < 0)
			return r;
		at += size;
	}
	ret_selection->topic_count = count;
	return 0;
}

/* "Z" or "+hh:mm" behind the seconds, whatever of it is there. False: no zone at all. */
static bool normalize_zone(
	const char *text, size_t size, char zone[static 8], size_t *ret_time_size)
{
	const char *clock = memchr(text, 'T', size);
	const char *at = clock;

	while (at && *at != '\0' && *at != '+' && *at != '-' && *at != 'Z' && *at != 'z')
		at++;
	if (!at || *at == '\0')
		return false;
	*ret_time_size = (size_t)(at - text);
	memset(zone, 0, 8);
	switch (strlen(at)) {
	case 3: /* +01 */
		memcpy(zone, at, 3);
		memcpy(zone + 3, ":00", 3);
		break;
	case 5: /* +0100 */
		memcpy(zone, at, 3);
		zone[3] = ':';
		memcpy(zone + 4, at + 3, 2);
		break;
	default:
		strncpy(zone, at, 7);
	}
	return true;
}

int selection_parse_time(const char *text, int64_t *ret_at_us)
{
	size_t size = strlen(text), time_size = size;
	char zone[8] = "Z", whole[48];

	if (size < sizeof(whole) - sizeof(zone)) {
		normalize_zone(text, size, zone, &time_size);
		memcpy(whole, text, time_size);
		memcpy(whole + time_size, zone, strlen(zone) + 1);
		if (clock_parse(whole, strlen(whole), ret_at_us) == 0)
			return 0;
	}
	return fault(FAULT_USAGE,
		"--to-datetime: '%s' is not a time such as 2026-01-31T10:00:00, with Z or +01:00 "
		"behind it if not UTC",
		text);
}

/* One number of a duration, "15" or "0.5", as microseconds of a unit of @unit_us. */
static bool take_amount(const char **at, int64_t unit_us, int64_t *sum_us)
{
	size_t digits = strspn(*at, "0123456789");
	int64_t amount, fraction = 0, part = 1;

	if (digits == 0 || digits > 9)
		return false;
	amount = strtoll(*at, NULL, 10);
	*at += digits;
	if (**at == '.' || **at == ',') {
		digits = strspn(++*at, "0123456789");
		if (digits == 0 || digits > FRACTION_DIGITS)
			return false;
		fraction = strtoll(*at, NULL, 10);
		for (size_t i = 0; i < digits; i++)
			part *= 10;
		*at += digits;
	}
	if (amount > DURATION_MAX_US / unit_us)
		return false;
	/* Of a day a millionth is 86,400 µs: no remainder is lost that anybody could mean. */
	*sum_us += amount * unit_us + fraction * (unit_us / part);
	(*at)++; /* its letter */
	return *sum_us <= DURATION_MAX_US;
}

static char unit_after(const char *at)
{
	return at[strspn(at, "0123456789.,")];
}

/* Behind the P: weeks or days, then T with hours, minutes, seconds, each at most once. */
static bool parse_iso(const char *at, int64_t *sum_us)
{
	static const struct {
		char letter;
		bool clock;
		int64_t us;
	} units[] = {{'W', false, 7 * US_PER_DAY}, {'D', false, US_PER_DAY},
		{'H', true, 3600 * US_PER_S}, {'M', true, 60 * US_PER_S}, {'S', true, US_PER_S}};
	bool clock = false;
	size_t taken = 0, unit = 0;

	while (*at != '\0') {
		if (*at == 'T' && !clock) {
			clock = true;
			at++;
			if (*at == '\0')
				return false;
			continue;
		}
		while (unit < 5 &&
			(units[unit].letter != unit_after(at) || units[unit].clock != clock))
			unit++;
		if (unit == 5 || !take_amount(&at, units[unit].us, sum_us))
			return false;
		unit++;
		taken++;
	}
	return taken > 0;
}

int selection_parse_duration(const char *text, int64_t *ret_us)
{
	int64_t sum_us = 0;
	bool good;

	if (*text == 'P') {
		good = parse_iso(text + 1, &sum_us);
	} else {
		const char *at = text;
		char unit = unit_after(text);
		int64_t unit_us = unit == 's' ? US_PER_S
			: unit == 'm'         ? 60 * US_PER_S
			: unit == 'h'         ? 3600 * US_PER_S
			: unit == 'd'         ? US_PER_DAY
					      : 0;

		good = unit_us > 0 && take_amount(&at, unit_us, &sum_us) && *at == '\0';
	}
	if (!good)
		return fault(FAULT_USAGE,
			"--by-duration: '%s' is not a duration such as PT15M, P1DT2H, 15m or 2h",
			text);
	*ret_us = sum_us;
	return 0;
}

static int parse_value(
	const struct selection_words *words, int64_t now_us, struct selection *selection)
{
	int64_t span_us;
	int r;

	switch (selection->selector) {
	case SELECT_OFFSET:
		if (!parse_number(words->to_offset, false, &selection->number))
			return fault(FAULT_USAGE, "--to-offset: '%s' is not an offset, 0 or more",
				words->to_offset);
		return 0;
	case SELECT_SHIFT:
		if (!parse_number(words->shift_by, true, &selection->number))
			return fault(FAULT_USAGE,
				"--shift-by: '%s' is not a number such as -100 or +5",
				words->shift_by);
		return 0;
	case SELECT_TIME:
		if (given(words->to_datetime))
			return selection_parse_time(words->to_datetime, &selection->at_us);
		r = selection_parse_duration(words->by_duration, &span_us);
		selection->at_us = now_us - span_us;
		return r;
	default:
		selection->file = words->from_file;
		selection->group = words->to_group;
		return 0;
	}
}

int selection_parse(const struct selection_words *words, int64_t now_us, struct arena *arena,
	struct selection *ret_selection)
{
	const struct {
		bool asked;
		enum selector selector;
	} choices[] = {{words->to_earliest, SELECT_EARLIEST}, {words->to_latest, SELECT_LATEST},
		{words->to_current, SELECT_CURRENT}, {given(words->to_offset), SELECT_OFFSET},
		{given(words->shift_by), SELECT_SHIFT}, {given(words->to_datetime), SELECT_TIME},
		{given(words->by_duration), SELECT_TIME}, {given(words->from_file), SELECT_FILE},
		{given(words->to_group), SELECT_GROUP}};
	int count = 0, r;

	memset(ret_selection, 0, sizeof(*ret_selection));
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		if (choices[i].asked) {
			ret_selection->selector = choices[i].selector;
			count++;
		}
	}
	if (count != 1)
		return fault(FAULT_USAGE,
			"%s: give one of --to-earliest, --to-latest, --to-current, --to-offset, "
			"--shift-by, --to-datetime, --by-duration, --from-file, --to-group",
			count == 0 ? "where to is not said" : "where to is said more than once");
	if (ret_selection->selector == SELECT_FILE && (words->all_topics || given(words->topics)))
		return fault(FAULT_USAGE,
			"--from-file names its partitions itself: leave --topic and --all-topics "
			"away");
	if (ret_selection->selector != SELECT_FILE && words->all_topics == given(words->topics))
		return fault(
			FAULT_USAGE, "give either --topic (it may be repeated) or --all-topics");
	r = parse_value(words, now_us, ret_selection);
	if (r == 0 && given(words->topics))
		r = selection_parse_topics(words->topics, arena, ret_selection);
	return r;
}

bool selection_takes(const struct selection *selection, const char *topic, int32_t partition)
{
	if (selection->topic_count == 0)
		return true;
	for (size_t i = 0; i < selection->topic_count; i++) {
		const struct selection_topic *choice = &selection->topics[i];

		if (strcmp(choice->name, topic) != 0)
			continue;
		for (size_t p = 0; p < choice->count; p++) {
			if (choice->partitions[p] == partition)
				return true;
		}
		if (choice->count == 0)
			return true;
	}
	return false;
}

int selection_join(int argc, char **argv, struct arena *arena)
{
	static const char option[] = "--topic=";
	const size_t name_size = sizeof(option) - 2;
	char *joined = NULL;
	int kept = 0, place = 0;

	for (int i = 0; i < argc; i++) {
		const char *value = NULL;

		if (strncmp(argv[i], option, name_size + 1) == 0)
			value = argv[i] + name_size + 1;
		else if (strncmp(argv[i], option, name_size) == 0 && argv[i][name_size] == '\0' &&
			i + 1 < argc)
			value = argv[++i];
		if (!value) {
			argv[kept++] = argv[i];
			continue;
		}
		if (!joined)
			place = kept++;
		joined = joined ? arena_format(arena, "%s %s", joined, value)
				: arena_format(arena, "%s%s", option, value);
	}
	if (joined)
		argv[place] = joined;
	argv[kept] = NULL;
	return kept;
}
