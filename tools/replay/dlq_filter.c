#include "dlq_filter.h"

#include <base/clock.h>
#include <base/fault.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define RATE_MAX 10000
#define NUMBER_MAX 1000000

/* One number at *text, which moves behind it; -1 when there is none. */
static int64_t take_number(const char **text)
{
	const char *at = *text;
	int64_t number = 0;

	if (!isdigit((unsigned char)*at))
		return -1;
	for (; isdigit((unsigned char)*at); at++) {
		if (number > NUMBER_MAX)
			return -1;
		number = number * 10 + (*at - '0');
	}
	*text = at;
	return number;
}

static int64_t seconds_of(char unit)
{
	switch (toupper((unsigned char)unit)) {
	case 'D':
		return 86400;
	case 'H':
		return 3600;
	case 'M':
		return 60;
	case 'S':
		return 1;
	default:
		return -1;
	}
}

/* ISO 8601's days and times ("P1DT2H", "PT15M") or the same without the letters P and T. */
static int64_t parse_duration_s(const char *text)
{
	bool iso = *text == 'P', time = !iso;
	int64_t sum = 0;

	text += iso;
	if (!*text)
		return -1;
	while (*text) {
		int64_t number, unit;

		if (iso && *text == 'T' && !time) {
			time = true;
			text++;
		}
		number = take_number(&text);
		unit = seconds_of(*text);
		if (number < 0 || unit < 0 || (iso && (unit == 86400) == time))
			return -1;
		sum += number * unit;
		text++;
	}
	return sum;
}

int filter_parse_since(const char *text, int64_t now_us, int64_t *ret_since_ms)
{
	int64_t seconds, at_us;

	if (!*text) {
		*ret_since_ms = 0;
		return 0;
	}
	seconds = parse_duration_s(text);
	if (seconds >= 0) {
		*ret_since_ms = now_us / US_PER_MS - seconds * 1000;
		return 0;
	}
	if (clock_parse(text, strlen(text), &at_us) != 0)
		return fault(FAULT_USAGE,
			"--since: '%s' is neither a duration (15m, PT15M, 1d) nor a time "
			"(2026-01-31T10:00:00Z)",
			text);
	*ret_since_ms = at_us / US_PER_MS;
	return 0;
}

int filter_parse_rate(const char *text, int64_t *ret_per_s)
{
	const char *at = text;
	int64_t rate = *text ? take_number(&at) : 0;

	if (*text && (rate < 1 || rate > RATE_MAX || (*at && strcmp(at, "/s") != 0)))
		return fault(FAULT_USAGE, "--rate: '%s' is not 1 to %d a second, such as 5/s", text,
			RATE_MAX);
	*ret_per_s = rate;
	return 0;
}

static bool takes_key(const struct filter *filter, const struct letter *letter)
{
	size_t size = strlen(filter->key);

	return size == 0 ||
		(letter->key && letter->key_size == size &&
			memcmp(letter->key, filter->key, size) == 0);
}

bool filter_takes(const struct filter *filter, const struct letter *letter)
{
	if (letter->at_ms < filter->since_ms || !takes_key(filter, letter))
		return false;
	return !*filter->reason || strcmp(filter->reason, letter->class) == 0 ||
		strstr(letter->reason, filter->reason) != NULL;
}
