/*
 * A thin face over Check: suites whose names are sentences, and values that
 * print themselves. Test files include this and nothing of Check.
 *
 *   TEST(cancels_and_releases_stock)
 *   {
 *           expect_int(order.step, ORDER_CANCELLED);
 *   }
 *   TESTS("order", TEST_CASE(cancels_and_releases_stock))
 *
 * TESTS() makes main(). A program takes test names as arguments to run only
 * those, --list names them. Tests run forked: a crash is one failed test.
 */
#pragma once

#include <base/fault.h>
#include <base/uuid.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct testkit_case {
	const char *name;
	void (*run)(void);
	int timeout_s; /* 0: 30 s */
};

int testkit_main(const char *suite, const struct testkit_case *cases, int argc, char **argv);

#define TEST(name) static void name(void)
/* clang-format off */
#define TEST_CASE(name) {#name, name, 0}
/* clang-format on */

/* Each ends the test when it does not hold, with both values and the line. */
#define expect(condition) testkit_expect((condition), #condition, __FILE__, __LINE__)
#define expect_int(got, want) \
	testkit_expect_int((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__)
#define expect_text(got, want) testkit_expect_text((got), (want), #got, __FILE__, __LINE__)
#define expect_bytes(got, got_size, want, want_size) \
	testkit_expect_bytes((got), (got_size), (want), (want_size), #got, __FILE__, __LINE__)
#define expect_uuid(got, want) testkit_expect_uuid((got), (want), #got, __FILE__, __LINE__)
/* The call answered 0; else prints fault_text(). */
#define expect_ok(call) testkit_expect_result((call), 0, #call, __FILE__, __LINE__)
#define expect_fault(call, kind) testkit_expect_result((call), (kind), #call, __FILE__, __LINE__)
#define fail_test(...) testkit_fail(__FILE__, __LINE__, __VA_ARGS__)

void testkit_expect(bool holds, const char *text, const char *file, int line);
void testkit_expect_int(int64_t got, int64_t want, const char *text, const char *file, int line);
void testkit_expect_text(
	const char *got, const char *want, const char *text, const char *file, int line);
void testkit_expect_bytes(const void *got, size_t got_size, const void *want, size_t want_size,
	const char *text, const char *file, int line);
void testkit_expect_uuid(const struct uuid *got, const struct uuid *want, const char *text,
	const char *file, int line);
void testkit_expect_result(int got, int want, const char *text, const char *file, int line);
void testkit_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn));

#define TESTS(suite, ...) \
	int main(int argc, char **argv) \
	{ \
		static const struct testkit_case cases[] = {__VA_ARGS__, {0}}; \
		return testkit_main((suite), cases, argc, argv); \
	}

/* A directory of the test's own, removed at its end. Static text. */
const char *testkit_directory(void);

/*
 * Servers of the test run, as the runner named them in the environment; a test
 * that needs one and finds none fails (it never skips).
 */

/*
 * A fresh, empty database of this test, dropped at its end with its replication
 * slots. TESTKIT_DATABASE_URL names the server: a URI or "name=value" words of
 * a role that may create databases and end the sessions in them. Needs psql(1).
 */
const char *testkit_database_url(void);
/* Kafka: TESTKIT_BOOTSTRAP, host:port. */
const char *testkit_bootstrap(void);
/* Redis: TESTKIT_REDIS, host:port. Others use it too: keys of the test's own. */
const char *testkit_redis(void);
