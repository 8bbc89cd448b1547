/*
 * Tests that fail in every way there is: what testkit_test.c looks at. Not run
 * as tests themselves.
 */
#include <testkit/testkit.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct uuid one = {.bytes = {[15] = 1}}, two = {.bytes = {[15] = 2}};

TEST(passes)
{
	expect(1 + 1 == 2);
	expect_int(1 + 1, 2);
	expect_text("a", "a");
	expect_text(NULL, NULL);
	expect_bytes("ab", 2, "ab", 2);
	expect_uuid(&one, &one);
	expect_ok(0);
	expect_fault(fault(FAULT_DB, "x"), FAULT_DB);
}

TEST(fails_condition)
{
	expect(1 + 1 == 3);
}

TEST(fails_int)
{
	expect_int(1 + 1, -3);
}

TEST(fails_text)
{
	expect_text("left", "right");
}

TEST(fails_text_of_null)
{
	expect_text(NULL, "");
}

TEST(fails_bytes)
{
	expect_bytes("abX", 3, "abY", 3);
}

TEST(fails_bytes_of_another_size)
{
	expect_bytes("ab", 2, "abc", 3);
}

TEST(fails_uuid)
{
	expect_uuid(&one, &two);
}

TEST(fails_ok)
{
	expect_ok(fault(FAULT_BUS, "broker is away"));
}

TEST(fails_fault)
{
	expect_fault(fault(FAULT_BUS, "broker is away"), FAULT_DB);
}

TEST(fails_outcome)
{
	expect_ok(1);
}

TEST(fails_with_words)
{
	fail_test("order %d is lost", 7);
}

TEST(crashes)
{
	expect(true);
	/* Not one of those a sanitizer catches. */
	raise(SIGUSR1);
}

TEST(leaves)
{
	exit(0);
}

TEST(hangs)
{
	for (;;)
		pause();
}

static void make_file(const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", testkit_directory(), name);
	int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	expect(file >= 0);
	close(file);
}

TEST(uses_its_directory)
{
	make_file("a");
	expect_text(testkit_directory(), testkit_directory());
	puts(testkit_directory());
}

TEST(crashes_with_files_in_its_directory)
{
	make_file("a");
	puts(testkit_directory());
	fflush(stdout);
	raise(SIGKILL);
}

TEST(needs_a_database)
{
	puts(testkit_database_url());
}

TEST(needs_kafka)
{
	puts(testkit_bootstrap());
}

TESTS("subject", TEST_CASE(passes), TEST_CASE(fails_condition), TEST_CASE(fails_int),
	TEST_CASE(fails_text), TEST_CASE(fails_text_of_null), TEST_CASE(fails_bytes),
	TEST_CASE(fails_bytes_of_another_size), TEST_CASE(fails_uuid), TEST_CASE(fails_ok),
	TEST_CASE(fails_fault), TEST_CASE(fails_outcome), TEST_CASE(fails_with_words),
	TEST_CASE(crashes), TEST_CASE(leaves), {"hangs", hangs, 1}, TEST_CASE(uses_its_directory),
	TEST_CASE(crashes_with_files_in_its_directory), TEST_CASE(needs_a_database),
	TEST_CASE(needs_kafka))
