/*
 * Live: a database per test. Needs TESTKIT_DATABASE_URL with wal_level=logical.
 */
#include <testkit/testkit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* What psql answers to @statement at @url, without its newline; "" when it failed. */
static const char *ask(const char *url, const char *statement)
{
	static char answer[1024];
	char command[2048];

	snprintf(command, sizeof(command), "psql -XAtq -d '%s' -c \"%s\" 2>&1", url, statement);
	FILE *program = popen(command, "re");
	expect(program != NULL);
	answer[fread(answer, 1, sizeof(answer) - 1, program)] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	return pclose(program) == 0 ? answer : "";
}

TEST(the_database_is_fresh_and_the_tests_own)
{
	const char *url = testkit_database_url();

	expect_text(testkit_database_url(), url);
	expect(strncmp(ask(url, "SELECT current_database()"), "testkit_", 8) == 0);
	expect_text(ask(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
	ask(url, "CREATE TABLE left_behind (id int)");
	expect_text(ask(url, "SELECT count(*) FROM left_behind"), "0");
}

TEST(another_test_does_not_see_it)
{
	const char *url = testkit_database_url();

	expect_text(ask(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

TEST(leaves_a_replication_slot_behind)
{
	expect_text(ask(testkit_database_url(),
			    "SELECT slot_name FROM pg_create_logical_replication_slot("
			    "'testkit_left_behind', 'pgoutput')"),
		"testkit_left_behind");
}

TEST(the_databases_and_slots_of_earlier_tests_are_gone)
{
	const char *url = testkit_database_url();
	char name[64], statement[256];

	snprintf(name, sizeof(name), "%s", ask(url, "SELECT current_database()"));
	*strrchr(name, '_') = '\0';
	snprintf(statement, sizeof(statement),
		"SELECT count(*) FROM pg_database WHERE datname LIKE '%s%%'", name);
	expect_text(ask(url, statement), "1");
	expect_text(ask(url,
			    "SELECT count(*) FROM pg_replication_slots "
			    "WHERE slot_name = 'testkit_left_behind'"),
		"0");
}

TESTS("testkit_database", TEST_CASE(the_database_is_fresh_and_the_tests_own),
	TEST_CASE(another_test_does_not_see_it), TEST_CASE(leaves_a_replication_slot_behind),
	TEST_CASE(the_databases_and_slots_of_earlier_tests_are_gone))
