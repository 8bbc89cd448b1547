#include <base/fault.h>
#include <testkit/testkit.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

TEST(answers_the_kind_and_keeps_the_words)
{
	expect_text(fault_text(), "");
	expect_int(fault(FAULT_DB, "load order %d: %s", 7, "away"), FAULT_DB);
	expect_text(fault_text(), "load order 7: away");
	fault(FAULT_BUS, "produce");
	expect_text(fault_text(), "produce");
}

TEST(may_quote_the_words_before)
{
	fault(FAULT_PEER, "connection refused");
	fault(FAULT_PEER, "GET /products: %s", fault_text());
	expect_text(fault_text(), "GET /products: connection refused");
}

TEST(cuts_words_that_are_too_long)
{
	fault(FAULT_INPUT, "%2000d", 1);
	expect_int(strlen(fault_text()), 511);
}

TEST(leaves_errno_alone)
{
	errno = ENOENT;
	fault(FAULT_SYSTEM, "open: %m");
	expect_int(errno, ENOENT);
	expect_text(fault_text(), "open: No such file or directory");
}

static void *raise_another(void *unused)
{
	(void)unused;
	fault(FAULT_BUS, "of the other thread");
	return NULL;
}

TEST(keeps_words_per_thread)
{
	pthread_t thread;

	fault(FAULT_DB, "of this thread");
	expect_int(pthread_create(&thread, NULL, raise_another, NULL), 0);
	expect_int(pthread_join(thread, NULL), 0);
	expect_text(fault_text(), "of this thread");
}

TEST(names_every_kind)
{
	expect_text(fault_name(0), "FAULT_NONE");
	expect_text(fault_name(FAULT_USAGE), "FAULT_USAGE");
	expect_text(fault_name(FAULT_DB_CONFIG), "FAULT_DB_CONFIG");
	expect_text(fault_name(FAULT_STATE), "FAULT_STATE");
	for (int kind = FAULT_DB_UNKNOWN; kind <= FAULT_USAGE; kind++)
		expect(strcmp(fault_name(kind), "FAULT_UNKNOWN") != 0);
	expect_text(fault_name(FAULT_DB_UNKNOWN - 1), "FAULT_UNKNOWN");
	expect_text(fault_name(1), "FAULT_UNKNOWN");
}

TEST(only_what_is_away_is_worth_the_same_call_again)
{
	for (int kind = FAULT_DB_UNKNOWN; kind <= 1; kind++) {
		bool transient = kind == FAULT_DB || kind == FAULT_DB_UNKNOWN ||
			kind == FAULT_BUS || kind == FAULT_PEER;
		expect_int(fault_is_transient(kind), transient);
	}
}

TESTS("fault", TEST_CASE(answers_the_kind_and_keeps_the_words),
	TEST_CASE(may_quote_the_words_before), TEST_CASE(cuts_words_that_are_too_long),
	TEST_CASE(leaves_errno_alone), TEST_CASE(keeps_words_per_thread),
	TEST_CASE(names_every_kind), TEST_CASE(only_what_is_away_is_worth_the_same_call_again))
