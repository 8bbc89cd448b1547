#include <base/fault.h>
#include <base/log.h>
#include <testkit/testkit.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Standard error as a datagram socket: one write(2) is one datagram, so what
 * is received at once is what was written at once.
 */
static int received;

static void capture(enum log_level level)
{
	int ends[2];
	expect_int(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	received = ends[0];
	expect_int(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	expect_int(fcntl(received, F_SETFL, O_NONBLOCK), 0);
	log_init("order", level);
}

static char line[16384];

/* The next write; "" when there was none. */
static const char *next(void)
{
	ssize_t size = recv(received, line, sizeof(line) - 1, 0);
	line[size < 0 ? 0 : size] = '\0';
	return line;
}

/* Checks and cuts out the time, which is another one at each run. */
static const char *next_without_time(void)
{
	static const char head[] = "{\"time\":\"0000-00-00T00:00:00.000000Z\",";
	next();
	expect(strlen(line) > sizeof(head));
	for (size_t i = 0; i < sizeof(head) - 1; i++) {
		if (head[i] == '0')
			expect(isdigit((unsigned char)line[i]));
		else
			expect_int(line[i], head[i]);
	}
	return line + sizeof(head) - 1;
}

TEST(writes_one_json_object_a_line)
{
	struct uuid id;

	capture(LOG_INFO);
	uuid_parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 36, &id);
	log_info("order \"paid\"", LOG_TEXT("step", "a\nb"), LOG_NUMBER("count", -3),
		LOG_UUID("event_id", &id), LOG_TEXT("none", NULL), LOG_UUID("nobody", NULL));
	expect_text(next_without_time(),
		"\"level\":\"info\",\"service\":\"order\",\"message\":\"order \\\"paid\\\"\","
		"\"step\":\"a\\nb\",\"count\":-3,"
		"\"event_id\":\"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\",\"none\":null,"
		"\"nobody\":null}\n");
	expect_text(next(), "");
}

TEST(drops_what_is_below_the_level)
{
	capture(LOG_WARNING);
	log_debug("no");
	log_info("no");
	expect_text(next(), "");
	log_warning("yes");
	expect_text(next_without_time(),
		"\"level\":\"warning\",\"service\":\"order\",\"message\":\"yes\"}\n");
	log_error("yes");
	expect_text(next_without_time(),
		"\"level\":\"error\",\"service\":\"order\",\"message\":\"yes\"}\n");
}

TEST(a_level_that_is_none_is_an_error)
{
	capture(LOG_WARNING);
	log_write((enum log_level)7, LOG_FIELDS(), "syslog's debug");
	expect_text(next_without_time(),
		"\"level\":\"error\",\"service\":\"order\",\"message\":\"syslog's debug\"}\n");
}

TEST(every_line_of_a_thread_carries_its_context)
{
	struct trace trace;
	struct uuid id;

	capture(LOG_INFO);
	trace_parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 55, &trace);
	uuid_parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 36, &id);
	log_context(&trace, &id);
	log_info("m");
	expect_text(next_without_time(),
		"\"level\":\"info\",\"service\":\"order\",\"message\":\"m\","
		"\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\","
		"\"order_id\":\"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\"}\n");
	log_context(NULL, NULL);
	log_info("m");
	expect_text(next_without_time(),
		"\"level\":\"info\",\"service\":\"order\",\"message\":\"m\"}\n");
}

static void *log_from_elsewhere(void *unused)
{
	log_info("elsewhere");
	return unused;
}

TEST(the_context_is_the_threads_own)
{
	struct trace trace = trace_make();
	pthread_t thread;

	capture(LOG_INFO);
	log_context(&trace, NULL);
	expect_int(pthread_create(&thread, NULL, log_from_elsewhere, NULL), 0);
	pthread_join(thread, NULL);
	expect_text(next_without_time(),
		"\"level\":\"info\",\"service\":\"order\",\"message\":\"elsewhere\"}\n");
}

TEST(a_fault_is_logged_with_its_name_and_words)
{
	capture(LOG_INFO);
	log_fault(LOG_ERROR, fault(FAULT_DB, "load order: %s", "away"), "batch failed");
	expect_text(next_without_time(),
		"\"level\":\"error\",\"service\":\"order\",\"message\":\"batch failed\","
		"\"fault\":\"FAULT_DB\",\"detail\":\"load order: away\"}\n");
}

TEST(cuts_a_line_that_is_too_long_and_says_so)
{
	char text[20001] = "";

	capture(LOG_INFO);
	memset(text, 'x', sizeof(text) - 1);
	log_info("long", LOG_TEXT("body", text), LOG_NUMBER("count", 7));
	const char *got = next_without_time();
	expect(strstr(got, "\"message\":\"long\",\"cut\":true,\"body\":\"xxx") != NULL);
	expect(strstr(got, "x\",\"count\":7}\n") != NULL);
	expect(strlen(line) <= 8192);

	log_info(text);
	expect(strlen(next()) <= 8192);
	expect(strstr(line, "\"cut\":true}\n") != NULL);
	expect_text(next(), "");
}

TEST(leaves_the_fields_out_where_even_their_beginnings_do_not_fit)
{
	struct log_field fields[101] = {0};
	char text[301] = "";

	capture(LOG_INFO);
	memset(text, '\x01', 300);
	for (int i = 0; i < 100; i++)
		fields[i] = LOG_TEXT("body", text);
	log_write(LOG_INFO, fields, text);
	expect(strlen(next()) <= 8192);
	expect(strstr(line, "\\u0001\\u0001\",\"cut\":true}\n") != NULL);
}

TEST(a_line_as_long_as_allowed_is_whole)
{
	char text[8193] = "";

	capture(LOG_INFO);
	log_info("m", LOG_TEXT("body", ""));
	size_t bare = strlen(next());
	memset(text, 'x', 8192 - bare);
	log_info("m", LOG_TEXT("body", text));
	expect_int(strlen(next()), 8192);
	expect(strstr(line, "\"cut\"") == NULL);
	text[8192 - bare] = 'x';
	log_info("m", LOG_TEXT("body", text));
	expect(strlen(next()) < 8192);
	expect(strstr(line, "\"cut\":true") != NULL);
}

TEST(a_cut_does_not_split_a_character)
{
	char text[10001] = "", want[1000] = "\"body\":\"x";

	capture(LOG_INFO);
	text[0] = 'x';
	for (size_t i = 1; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "€", 3);
	/* 256 bytes are one and 85 times three. */
	for (int i = 0; i < 85; i++)
		strncat(want, "€", 4);
	strncat(want, "\"}\n", 4);
	log_info("m", LOG_TEXT("body", text));
	expect(strstr(next(), want) != NULL);
}

TEST(a_closed_standard_error_is_survived_and_errno_kept)
{
	log_init("order", LOG_INFO);
	close(STDERR_FILENO);
	errno = ENOENT;
	log_info("into nothing");
	expect_int(errno, ENOENT);
}

TEST(parses_the_names_of_the_levels)
{
	enum log_level level = LOG_DEBUG;

	expect_ok(log_level_parse("warning", &level));
	expect_int(level, LOG_WARNING);
	expect_ok(log_level_parse("debug", &level));
	expect_int(level, LOG_DEBUG);
	expect_fault(log_level_parse("loud", &level), FAULT_USAGE);
	expect_fault(log_level_parse("", &level), FAULT_USAGE);
	expect_int(level, LOG_DEBUG);
}

TESTS("log", TEST_CASE(writes_one_json_object_a_line), TEST_CASE(drops_what_is_below_the_level),
	TEST_CASE(a_level_that_is_none_is_an_error),
	TEST_CASE(every_line_of_a_thread_carries_its_context),
	TEST_CASE(the_context_is_the_threads_own),
	TEST_CASE(a_fault_is_logged_with_its_name_and_words),
	TEST_CASE(cuts_a_line_that_is_too_long_and_says_so),
	TEST_CASE(leaves_the_fields_out_where_even_their_beginnings_do_not_fit),
	TEST_CASE(a_line_as_long_as_allowed_is_whole), TEST_CASE(a_cut_does_not_split_a_character),
	TEST_CASE(a_closed_standard_error_is_survived_and_errno_kept),
	TEST_CASE(parses_the_names_of_the_levels))
