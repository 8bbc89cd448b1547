#include <base/clock.h>
#include <base/fault.h>

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* The years 0001 to 9999: what four digits can say. */
#define CLOCK_FIRST_S INT64_C(-62135596800)
#define CLOCK_LAST_S INT64_C(253402300799)

static int64_t clock_read_us(clockid_t id)
{
	struct timespec now;
	int r = clock_gettime(id, &now);
	assert(r == 0);
	(void)r;
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return clock_read_us(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
	return clock_read_us(CLOCK_MONOTONIC);
}

char *clock_format(int64_t at_us, char text[static CLOCK_TEXT_SIZE])
{
	int64_t second = at_us / US_PER_S;
	int64_t fraction = at_us % US_PER_S;
	if (fraction < 0) {
		fraction += US_PER_S;
		second--;
	}
	if (second < CLOCK_FIRST_S)
		second = CLOCK_FIRST_S;
	if (second > CLOCK_LAST_S)
		second = CLOCK_LAST_S;

	time_t whole = (time_t)second;
	struct tm parts;
	gmtime_r(&whole, &parts);
	/* The moduli change nothing; they tell the compiler how wide a field can be. */
	snprintf(text, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
		(unsigned)(parts.tm_year + 1900) % 10000, (unsigned)(parts.tm_mon + 1) % 100,
		(unsigned)parts.tm_mday % 100, (unsigned)parts.tm_hour % 100,
		(unsigned)parts.tm_min % 100, (unsigned)parts.tm_sec % 100,
		(unsigned)fraction % 1000000);
	return text;
}

/* What is still unread of a text. */
struct reading {
	const char *at;
	const char *end;
};

static bool read_digits(struct reading *reading, int count, int *ret_number)
{
	int number = 0;
	if (reading->end - reading->at < count)
		return false;
	for (int i = 0; i < count; i++, reading->at++) {
		if (*reading->at < '0' || *reading->at > '9')
			return false;
		number = number * 10 + (*reading->at - '0');
	}
	*ret_number = number;
	return true;
}

static bool read_one_of(struct reading *reading, const char *wanted)
{
	if (reading->at == reading->end)
		return false;
	for (; *wanted; wanted++) {
		if (*reading->at == *wanted) {
			reading->at++;
			return true;
		}
	}
	return false;
}

static bool read_date(struct reading *reading, struct tm *parts)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day;

	if (!read_digits(reading, 4, &year) || !read_one_of(reading, "-") ||
		!read_digits(reading, 2, &month) || !read_one_of(reading, "-") ||
		!read_digits(reading, 2, &day))
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
		day > days[month - 1] + (month == 2 && leap ? 1 : 0))
		return false;
	parts->tm_year = year - 1900;
	parts->tm_mon = month - 1;
	parts->tm_mday = day;
	return true;
}

static bool read_time(struct reading *reading, struct tm *parts)
{
	if (!read_digits(reading, 2, &parts->tm_hour) || !read_one_of(reading, ":") ||
		!read_digits(reading, 2, &parts->tm_min) || !read_one_of(reading, ":") ||
		!read_digits(reading, 2, &parts->tm_sec))
		return false;
	/* Second 60 is a leap second: the first of the next minute, as POSIX counts. */
	return parts->tm_hour <= 23 && parts->tm_min <= 59 && parts->tm_sec <= 60;
}

static bool read_fraction(struct reading *reading, int64_t *ret_us)
{
	int64_t unit = US_PER_S / 10, us = 0;

	*ret_us = 0;
	if (!read_one_of(reading, "."))
		return true;
	int digit;
	if (!read_digits(reading, 1, &digit))
		return false;
	do {
		if (unit == 0)
			return false;
		us += digit * unit;
		unit /= 10;
	} while (read_digits(reading, 1, &digit));
	*ret_us = us;
	return true;
}

static bool read_offset(struct reading *reading, int64_t *ret_us)
{
	int hours, minutes;

	*ret_us = 0;
	if (read_one_of(reading, "Zz"))
		return true;
	if (reading->at == reading->end)
		return false;
	int64_t sign = *reading->at == '-' ? -1 : 1;
	if (!read_one_of(reading, "+-") || !read_digits(reading, 2, &hours) ||
		!read_one_of(reading, ":") || !read_digits(reading, 2, &minutes) || hours > 23 ||
		minutes > 59)
		return false;
	*ret_us = sign * (hours * 60 + minutes) * 60 * US_PER_S;
	return true;
}

int clock_parse(const char *text, size_t size, int64_t *ret_at_us)
{
	struct reading reading = {.at = text, .end = text + size};
	struct tm parts = {0};
	int64_t fraction_us, offset_us;

	if (!read_date(&reading, &parts) || !read_one_of(&reading, "Tt ") ||
		!read_time(&reading, &parts) || !read_fraction(&reading, &fraction_us) ||
		!read_offset(&reading, &offset_us) || reading.at != reading.end)
		return fault(FAULT_INPUT,
			"'%.*s' is not a time such as 2026-01-31T10:00:00Z or "
			"2026-01-31T10:00:00.250+01:00",
			(int)(size > 64 ? 64 : size), text);
	*ret_at_us = (int64_t)timegm(&parts) * US_PER_S + fraction_us - offset_us;
	return 0;
}
