/*
 * Testkit tests itself from outside: it runs the subject program, whose tests
 * fail in every way there is, and looks at exit code and words.
 */
#include <testkit/testkit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char output[16384];

/* Runs the subject with the words of @arguments; its exit code, the output in `output`. */
static int run(const char *arguments)
{
	const char *subject = getenv("TESTKIT_SUBJECT");
	char command[1024];

	expect(subject != NULL);
	snprintf(command, sizeof(command), "'%s' %s 2>&1", subject, arguments);
	FILE *program = popen(command, "re");
	expect(program != NULL);
	output[fread(output, 1, sizeof(output) - 1, program)] = '\0';
	int status = pclose(program);
	expect(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect_output(const char *words)
{
	if (!strstr(output, words))
		fail_test("'%s' is not in:\n%s", words, output);
}

TEST(a_test_that_holds_passes)
{
	expect_int(run("passes"), 0);
	expect_output("ok   subject: passes (");
	expect_output("subject: 1 tests, 0 failed\n");
}

TEST(each_check_fails_with_its_values_and_its_line)
{
	static const struct {
		const char *test, *words;
	} checks[] = {
		{"fails_condition", "does not hold: 1 + 1 == 3\n"},
		{"fails_int", "1 + 1 is 2, not -3\n"},
		{"fails_text", "\"left\" is\n  \"left\", not\n  \"right\"\n"},
		{"fails_text_of_null", " is\n  NULL, not\n  \"\"\n"},
		{"fails_bytes", "3 bytes, not 3; from byte 2 on\n  58 , not\n  59 \n"},
		{"fails_bytes_of_another_size", "2 bytes, not 3; from byte 2 on\n  , not\n  63 \n"},
		{"fails_uuid",
			"00000000-0000-0000-0000-000000000001, not "
			"00000000-0000-0000-0000-000000000002\n"},
		{"fails_ok", "answered FAULT_BUS, not FAULT_NONE: broker is away\n"},
		{"fails_fault", "answered FAULT_BUS, not FAULT_DB: broker is away\n"},
		{"fails_outcome", "answered outcome 1, not FAULT_NONE\n"},
		{"fails_with_words", "order 7 is lost\n"},
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		expect_int(run(checks[i].test), 1);
		expect_output("FAIL subject: fails_");
		expect_output("testkit_subject.c:");
		expect_output(checks[i].words);
		expect_output("subject: 1 tests, 1 failed\n");
	}
}

TEST(a_crash_is_one_failed_test_and_the_others_run)
{
	expect_int(run("crashes passes"), 1);
	expect_output("FAIL subject: crashes");
	expect_output("signal 10");
	expect_output("ok   subject: passes");
	expect_output("subject: 2 tests, 1 failed\n");
}

TEST(leaving_early_is_a_failure)
{
	expect_int(run("leaves"), 1);
	expect_output("FAIL subject: leaves");
}

TEST(a_test_that_hangs_fails_at_its_time)
{
	expect_int(run("hangs passes"), 1);
	expect_output("FAIL subject: hangs");
	expect_output("imeout");
	expect_output("ok   subject: passes");
}

TEST(a_name_that_is_unknown_is_refused)
{
	expect_int(run("passes pases"), 2);
	expect_output("no test 'pases'");
}

TEST(lists_its_tests)
{
	expect_int(run("--list"), 0);
	expect(strncmp(output, "passes\nfails_condition\n", 23) == 0);
}

/* The first line of the output is the directory, as the subject prints it. */
static void expect_directory_gone(void)
{
	output[strcspn(output, "\n")] = '\0';
	expect(output[0] == '/');
	expect(access(output, F_OK) != 0);
}

TEST(the_directory_is_removed_at_the_end)
{
	expect_int(run("uses_its_directory"), 0);
	expect_directory_gone();
}

TEST(the_directory_is_removed_after_a_crash_too)
{
	expect_int(run("crashes_with_files_in_its_directory"), 1);
	expect_directory_gone();
}

TEST(a_test_without_its_server_fails)
{
	unsetenv("TESTKIT_DATABASE_URL");
	unsetenv("TESTKIT_BOOTSTRAP");
	expect_int(run("needs_a_database"), 1);
	expect_output("set TESTKIT_DATABASE_URL");
	expect_int(run("needs_kafka"), 1);
	expect_output("set TESTKIT_BOOTSTRAP");
}

TEST(a_database_that_cannot_be_made_is_a_failure)
{
	setenv("TESTKIT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/postgres", 1);
	expect_int(run("needs_a_database"), 1);
	expect_output("cannot create the database testkit_");
}

TESTS("testkit", TEST_CASE(a_test_that_holds_passes),
	TEST_CASE(each_check_fails_with_its_values_and_its_line),
	TEST_CASE(a_crash_is_one_failed_test_and_the_others_run),
	TEST_CASE(leaving_early_is_a_failure), TEST_CASE(a_test_that_hangs_fails_at_its_time),
	TEST_CASE(a_name_that_is_unknown_is_refused), TEST_CASE(lists_its_tests),
	TEST_CASE(the_directory_is_removed_at_the_end),
	TEST_CASE(the_directory_is_removed_after_a_crash_too),
	TEST_CASE(a_test_without_its_server_fails),
	TEST_CASE(a_database_that_cannot_be_made_is_a_failure))
