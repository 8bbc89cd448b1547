#include <base/crash.h>
#include <base/log.h>
#include <testkit/testkit.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Passes "a.b" @passes times in a child; how many it survived, -1 if it ended in another way. */
static int survived(const char *armed, int passes)
{
	int pipes[2], status = 0, count = 0;
	char byte;

	fflush(NULL);
	expect_int(pipe(pipes), 0);
	pid_t child = fork();
	if (child == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(3);
		setenv("CRASH_AT", armed, 1);
		crash_init();
		for (int i = 0; i < passes; i++) {
			crash_point("a.other");
			crash_point("a.b");
			if (write(pipes[1], ".", 1) != 1)
				_exit(3);
		}
		_exit(0);
	}
	close(pipes[1]);
	while (read(pipes[0], &byte, 1) == 1)
		count++;
	close(pipes[0]);
	expect(child > 0 && waitpid(child, &status, 0) == child);
	if (count == passes)
		return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? count : -1;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? count : -1;
}

TEST(kills_the_process_at_the_named_point)
{
	expect_int(survived("a.b", 5), 0);
	expect_int(survived("a.b:1", 5), 0);
}

TEST(counts_the_passes)
{
	expect_int(survived("a.b:3", 5), 2);
	expect_int(survived("a.b:5", 5), 4);
	expect_int(survived("a.b:6", 5), 5);
}

TEST(other_points_pass)
{
	expect_int(survived("a.c", 5), 5);
	expect_int(survived("a", 5), 5);
	expect_int(survived("a.bc", 5), 5);
	expect_int(survived("", 5), 5);
}

TEST(a_count_that_is_none_arms_nothing)
{
	expect_int(survived("a.b:", 5), 5);
	expect_int(survived("a.b:x", 5), 5);
	expect_int(survived("a.b:0", 5), 5);
	expect_int(survived("a.b:-1", 5), 5);
	expect_int(survived("a.b:2x", 5), 5);
}

TEST(unset_or_wrong_arms_nothing)
{
	unsetenv("CRASH_AT");
	crash_init();
	expect(!crash_armed);
	setenv("CRASH_AT", "a.b", 1);
	crash_init();
	expect(crash_armed);
	unsetenv("CRASH_AT");
	crash_init();
	expect(!crash_armed);
	setenv("CRASH_AT", "a.b:0", 1);
	crash_init();
	expect(!crash_armed);
}

TESTS("crash", TEST_CASE(kills_the_process_at_the_named_point), TEST_CASE(counts_the_passes),
	TEST_CASE(other_points_pass), TEST_CASE(a_count_that_is_none_arms_nothing),
	TEST_CASE(unset_or_wrong_arms_nothing))
