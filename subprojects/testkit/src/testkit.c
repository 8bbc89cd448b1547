#include "inside.h"

#include <testkit/testkit.h>

#include <base/clock.h>

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_DEFAULT_S 30
#define BOOTSTRAP_VARIABLE "TESTKIT_BOOTSTRAP"
#define REDIS_VARIABLE "TESTKIT_REDIS"

/* A forked test says with this code that it came to its end: an exit(0) on the way is a failure. */
#define CODE_COMPLETED 86

static const struct testkit_case *running;
static bool forked;

START_TEST(run_case)
{
	running->run();
	if (forked)
		exit(CODE_COMPLETED);
}
END_TEST

static const char *server_address(const char *variable, const char *server)
{
	const char *address = getenv(variable);

	if (!address || !*address)
		fail_test("this test needs %s: set %s to host:port", server, variable);
	return address;
}

const char *testkit_bootstrap(void)
{
	return server_address(BOOTSTRAP_VARIABLE, "Kafka");
}

const char *testkit_redis(void)
{
	return server_address(REDIS_VARIABLE, "Redis");
}

static void print_result(SRunner *runner, const char *suite, int64_t duration_us)
{
	TestResult **failures = srunner_failures(runner);
	bool failed = srunner_ntests_failed(runner) > 0;

	printf("%s %s: %s (%" PRId64 " ms)\n", failed ? "FAIL" : "ok  ", suite, running->name,
		duration_us / US_PER_MS);
	if (failed)
		printf("     %s:%d: %s\n", tr_lfile(failures[0]) ? tr_lfile(failures[0]) : "?",
			tr_lno(failures[0]), tr_msg(failures[0]));
	free(failures);
}

/* One runner per test: the directory and database around it are its own. */
static bool run_one(const char *suite_name, const struct testkit_case *test)
{
	Suite *suite = suite_create(suite_name);
	TCase *tcase = tcase_create(test->name);
	SRunner *runner = srunner_create(suite);
	int64_t began_us = clock_monotonic_us();

	running = test;
	directory_name(suite_name, test->name);
	database_name();
	tcase_set_timeout(tcase, test->timeout_s ? test->timeout_s : TIMEOUT_DEFAULT_S);
	forked = srunner_fork_status(runner) == CK_FORK;
	if (forked)
		tcase_add_exit_test(tcase, run_case, CODE_COMPLETED);
	else
		tcase_add_test(tcase, run_case);
	suite_add_tcase(suite, tcase);
	/* Whatever is buffered would be printed by the forked test once more. */
	fflush(NULL);
	srunner_run_all(runner, CK_SILENT);
	database_remove();
	directory_remove();

	bool passed = srunner_ntests_run(runner) == 1 && srunner_ntests_failed(runner) == 0;
	print_result(runner, suite_name, clock_monotonic_us() - began_us);
	srunner_free(runner);
	return passed;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	if (argc < 2)
		return true;
	for (int i = 1; i < argc; i++) {
		if (strcmp(name, argv[i]) == 0)
			return true;
	}
	return false;
}

/* A name that is mistyped must not pass as a run without failures. */
static bool all_known(const struct testkit_case *cases, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const struct testkit_case *test = cases;
		while (test->name && strcmp(test->name, argv[i]) != 0)
			test++;
		if (!test->name) {
			fprintf(stderr, "no test '%s'; --list names them\n", argv[i]);
			return false;
		}
	}
	return true;
}

int testkit_main(const char *suite, const struct testkit_case *cases, int argc, char **argv)
{
	int run = 0, failed = 0;

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (const struct testkit_case *test = cases; test->name; test++)
			puts(test->name);
		return 0;
	}
	if (!all_known(cases, argc, argv))
		return 2;
	for (const struct testkit_case *test = cases; test->name; test++) {
		if (!is_wanted(test->name, argc, argv))
			continue;
		run++;
		failed += run_one(suite, test) ? 0 : 1;
	}
	printf("%s: %d tests, %d failed\n", suite, run, failed);
	return run > 0 && failed == 0 ? 0 : 1;
}
