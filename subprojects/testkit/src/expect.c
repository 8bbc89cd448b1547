#include <testkit/testkit.h>

#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BYTES_SHOWN_MAX ((size_t)16)

/* Check's macros take file and line from where they stand; ours pass on the test's own. */
void testkit_fail(const char *file, int line, const char *format, ...)
{
	char words[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	_ck_assert_failed(file, line, "failed", "%s", words);
	/* Only without fork does Check come back from a failure, by longjmp and not to here. */
	__builtin_unreachable();
}

/*
 * Leaves the place of the last check behind, for the report of a crash. Each
 * mark is a message to the runner, so a loop of checks leaves the first only.
 */
static void mark(const char *file, int line)
{
	static _Thread_local int line_marked, marks;
	if (line == line_marked || marks >= 1000)
		return;
	line_marked = line;
	marks++;
	_mark_point(file, line);
}

void testkit_expect(bool holds, const char *text, const char *file, int line)
{
	mark(file, line);
	if (!holds)
		testkit_fail(file, line, "does not hold: %s", text);
}

void testkit_expect_int(int64_t got, int64_t want, const char *text, const char *file, int line)
{
	mark(file, line);
	if (got != want)
		testkit_fail(file, line, "%s is %" PRId64 ", not %" PRId64, text, got, want);
}

void testkit_expect_text(
	const char *got, const char *want, const char *text, const char *file, int line)
{
	mark(file, line);
	if (got == want || (got && want && strcmp(got, want) == 0))
		return;
	testkit_fail(file, line, "%s is\n  %s%s%s, not\n  %s%s%s", text, got ? "\"" : "",
		got ? got : "NULL", got ? "\"" : "", want ? "\"" : "", want ? want : "NULL",
		want ? "\"" : "");
}

/* Up to BYTES_SHOWN_MAX bytes from @from on, in hex. */
static const char *show_bytes(const uint8_t *bytes, size_t size, size_t from, char *text)
{
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = from; i < size && i < from + BYTES_SHOWN_MAX; i++, used += 3)
		snprintf(text + used, 4, "%02x ", bytes[i]);
	return text;
}

void testkit_expect_bytes(const void *got, size_t got_size, const void *want, size_t want_size,
	const char *text, const char *file, int line)
{
	const uint8_t *a = got, *b = want;
	char shown_a[BYTES_SHOWN_MAX * 3 + 1], shown_b[BYTES_SHOWN_MAX * 3 + 1];
	size_t at = 0;

	mark(file, line);
	while (at < got_size && at < want_size && a[at] == b[at])
		at++;
	if (at == got_size && at == want_size)
		return;
	testkit_fail(file, line, "%s: %zu bytes, not %zu; from byte %zu on\n  %s, not\n  %s", text,
		got_size, want_size, at, show_bytes(a, got_size, at, shown_a),
		show_bytes(b, want_size, at, shown_b));
}

void testkit_expect_uuid(const struct uuid *got, const struct uuid *want, const char *text,
	const char *file, int line)
{
	char got_text[UUID_TEXT_SIZE], want_text[UUID_TEXT_SIZE];

	mark(file, line);
	if (!uuid_equal(got, want))
		testkit_fail(file, line, "%s is %s, not %s", text, uuid_format(got, got_text),
			uuid_format(want, want_text));
}

static const char *result_name(int result, char *text, size_t size)
{
	if (result <= 0)
		return fault_name(result);
	snprintf(text, size, "outcome %d", result);
	return text;
}

void testkit_expect_result(int got, int want, const char *text, const char *file, int line)
{
	char got_text[32], want_text[32];

	mark(file, line);
	if (got == want)
		return;
	testkit_fail(file, line, "%s answered %s, not %s%s%s", text,
		result_name(got, got_text, sizeof(got_text)),
		result_name(want, want_text, sizeof(want_text)), got < 0 ? ": " : "",
		got < 0 ? fault_text() : "");
}
