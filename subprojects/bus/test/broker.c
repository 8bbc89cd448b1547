#include "broker.h"

#include <base/clock.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

#define WORDS_MAX 16
#define STOP_TIMEOUT_US (30 * US_PER_S)
#define START_TIMEOUT_US (120 * US_PER_S)

static const char *variable(const char *name)
{
	const char *text = getenv(name);

	if (text == NULL || *text == '\0')
		fail_test("this test kills the broker: set %s", name);
	return text;
}

static pid_t read_pid(void)
{
	const char *path = variable("TESTKIT_KAFKA_PID_FILE");
	FILE *file = fopen(path, "re");
	char line[32] = "";
	long pid;

	if (file == NULL)
		fail_test("%s: %s", path, strerror(errno));
	expect(fgets(line, sizeof(line), file) != NULL);
	fclose(file);
	pid = strtol(line, NULL, 10);
	expect(pid > 1);
	return (pid_t)pid;
}

static void pause_ms(int ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&time, NULL);
}

void broker_stop(int signal)
{
	pid_t pid = read_pid();
	int64_t until_us = clock_monotonic_us() + STOP_TIMEOUT_US;

	expect_int(kill(pid, signal), 0);
	while (kill(pid, 0) == 0) {
		expect(clock_monotonic_us() < until_us);
		pause_ms(10);
	}
}

static char process_state(pid_t pid)
{
	char path[64], line[512] = "";
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	expect(file != NULL);
	expect(fgets(line, sizeof(line), file) != NULL);
	fclose(file);
	/* "pid (name) state …": the name may hold anything. */
	end = strrchr(line, ')');
	expect(end != NULL && end[1] == ' ');
	return end[2];
}

void broker_freeze(void)
{
	pid_t pid = read_pid();
	int64_t until_us = clock_monotonic_us() + STOP_TIMEOUT_US;

	/* One of its threads has to run to stop them all: on a busy machine not at once. */
	expect_int(kill(pid, SIGSTOP), 0);
	while (process_state(pid) != 'T') {
		expect(clock_monotonic_us() < until_us);
		pause_ms(1);
	}
}

void broker_thaw(int ms)
{
	pause_ms(ms);
	expect_int(kill(read_pid(), SIGCONT), 0);
}

static void run_command(const char *text)
{
	char *words[WORDS_MAX + 1] = {0}, *copy = strdup(text), *rest = copy;
	size_t count = 0;

	for (char *word; (word = strsep(&rest, " ")) != NULL && count < WORDS_MAX;) {
		if (*word != '\0')
			words[count++] = word;
	}
	execvp(words[0], words);
	_exit(127);
}

void broker_start(void)
{
	const char *command = variable("TESTKIT_KAFKA_START");
	int64_t until_us = clock_monotonic_us() + START_TIMEOUT_US;
	pid_t child = fork();
	int status;

	if (child == 0)
		run_command(command);
	expect_int(waitpid(child, &status, 0), child);
	expect_int(status, 0);
	/* A broker that was killed serves only when its old session is over. */
	while (bus_ping(world_bootstrap(), NULL, 1000) != 0)
		expect(clock_monotonic_us() < until_us);
}
