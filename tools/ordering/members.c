#include "members.h"

#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A member that was killed is missed after 6 s, and the machine may be busy. */
#define PATIENCE_US (60 * US_PER_S)
#define POLL_MS 100
#define NUMBER_SIZE 12

extern char **environ;

static int spawn(struct members *members, char **argv, struct member_process *process)
{
	posix_spawn_file_actions_t actions;
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault(FAULT_SYSTEM, "no pipe for a member: %m");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	error = posix_spawn(&process->pid, "/proc/self/exe", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		process->pid = 0;
		return fault(FAULT_SYSTEM, "a member cannot be started: %s", strerror(error));
	}
	process->output = ends[0];
	(void)members;
	return 0;
}

int members_start(struct members *members, int pause_after)
{
	struct member_process *process = &members->processes[members->count];
	char how[NUMBER_SIZE], number[NUMBER_SIZE], pause[NUMBER_SIZE];
	char *argv[2 + MEMBER_ARGUMENTS + 1] = {(char *)"ordering", (char *)"member"};
	char **arguments = argv + 2;
	int r;

	assert(members->count < MEMBERS_MAX);
	snprintf(how, sizeof(how), "%d", (int)members->how);
	snprintf(number, sizeof(number), "%d", (int)members->count + 1);
	snprintf(pause, sizeof(pause), "%d", pause_after);
	arguments[MEMBER_HOW] = how;
	arguments[MEMBER_BOOTSTRAP] = (char *)members->stage->bootstrap;
	arguments[MEMBER_OPTIONS] = (char *)bus_access.options;
	arguments[MEMBER_USER] = (char *)bus_access.user;
	arguments[MEMBER_CERTIFICATE] = (char *)bus_access.certificate;
	arguments[MEMBER_CA] = (char *)bus_access.ca;
	arguments[MEMBER_TOPIC] = (char *)members->topic;
	arguments[MEMBER_GROUP] = (char *)members->group;
	arguments[MEMBER_NUMBER] = number;
	arguments[MEMBER_PAUSE_AFTER] = pause;
	arguments[MEMBER_EFFECTS] = (char *)(members->effects ? members->effects : "");
	r = spawn(members, argv, process);
	return r < 0 ? r : (int)members->count++;
}

static int note_applied(struct members *members, int index, const char *line)
{
	int64_t at_us;
	int partition, key, sequence, end = 0;

	if (sscanf(line, "%" SCNd64 " %d %d %d%n", &at_us, &partition, &key, &sequence, &end) !=
			4 ||
		line[end] != '\0' || key < 0 || key >= PLAN_KEYS_MAX || sequence < 1 ||
		sequence > PLAN_MESSAGES_MAX || partition < 0 || partition >= HISTORY_LANES_MAX)
		return fault(FAULT_INPUT, "a member said \"applied %s\"", line);
	members->processes[index].applied++;
	members->distinct += !members->seen[key][sequence];
	members->seen[key][sequence] = true;
	if (members->history == NULL)
		return 0;
	return history_add(members->history,
		(struct observation){
			.at_us = at_us, .lane = partition, .key = key, .sequence = sequence});
}

int members_take_line(struct members *members, int index, const char *line)
{
	struct member_process *process = &members->processes[index];
	int end = 0;

	if (strncmp(line, "applied ", 8) == 0)
		return note_applied(members, index, line + 8);
	if (sscanf(line, "assigned %d%n", &process->assigned, &end) == 1 && line[end] == '\0')
		return 0;
	if (strcmp(line, "refused") != 0)
		return fault(FAULT_INPUT, "a member said \"%s\"", line);
	process->refused++;
	return 0;
}

/* Splits what came into lines; what was cut off by a kill is dropped with its process. */
static int take_bytes(struct members *members, int index, const char *bytes, size_t size)
{
	struct member_process *process = &members->processes[index];
	int r = 0;

	for (size_t i = 0; r == 0 && i < size; i++) {
		if (bytes[i] != '\n') {
			if (process->line_size + 1 == sizeof(process->line))
				return fault(FAULT_INPUT, "a member said too much in a line");
			process->line[process->line_size++] = bytes[i];
			continue;
		}
		process->line[process->line_size] = '\0';
		process->line_size = 0;
		r = members_take_line(members, index, process->line);
	}
	return r;
}

/* 0; 1 when it has closed its output. */
static int hear(struct members *members, int index)
{
	char bytes[4096];
	ssize_t size = read(members->processes[index].output, bytes, sizeof(bytes));

	if (size <= 0)
		return 1;
	return take_bytes(members, index, bytes, (size_t)size);
}

/* Its last words, and then the process is gone. */
static int bury(struct members *members, int index, int *ret_status)
{
	struct member_process *process = &members->processes[index];
	int r;

	do {
		r = hear(members, index);
	} while (r == 0);
	close(process->output);
	while (waitpid(process->pid, ret_status, 0) < 0 && errno == EINTR)
		;
	process->pid = 0;
	return r < 0 ? r : 0;
}

static int bury_clean(struct members *members, int index)
{
	int status = 0;
	int r = bury(members, index, &status);

	if (r == 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return fault(FAULT_STATE, "member %d ended with a fault of its own", index + 1);
	return r;
}

void members_kill(struct members *members, int index)
{
	int status;

	kill(members->processes[index].pid, SIGKILL);
	bury(members, index, &status);
}

void members_wake(struct members *members, int index)
{
	kill(members->processes[index].pid, SIGCONT);
}

int members_stop(struct members *members, int index)
{
	kill(members->processes[index].pid, SIGTERM);
	return bury_clean(members, index);
}

int members_await_end(struct members *members, int index)
{
	return bury_clean(members, index);
}

void members_finish(struct members *members)
{
	for (size_t i = 0; i < members->count; i++) {
		if (members->processes[i].pid > 0)
			members_kill(members, (int)i);
	}
}

/* All outputs for a moment. FAULT_STATE when a member ended that nobody ended. */
static int listen_all(struct members *members)
{
	struct pollfd fds[MEMBERS_MAX];
	int indices[MEMBERS_MAX];
	nfds_t count = 0;
	int r = stage_check();

	for (size_t i = 0; i < members->count; i++) {
		if (members->processes[i].pid == 0)
			continue;
		indices[count] = (int)i;
		fds[count++] =
			(struct pollfd){.fd = members->processes[i].output, .events = POLLIN};
	}
	if (r == 0)
		poll(fds, count, POLL_MS);
	for (nfds_t i = 0; r == 0 && i < count; i++) {
		if (fds[i].revents)
			r = hear(members, indices[i]);
		if (r > 0)
			r = fault(FAULT_STATE, "member %d ended by itself", indices[i] + 1);
	}
	return r;
}

int members_await(struct members *members, bool (*is_so)(const struct members *, int number),
	int number, const char *what)
{
	int64_t until_us = clock_monotonic_us() + PATIENCE_US;
	int r = 0;

	while (r == 0 && !is_so(members, number)) {
		r = listen_all(members);
		if (r == 0 && clock_monotonic_us() > until_us)
			r = fault(FAULT_STATE, "gave up waiting until %s", what);
	}
	return r;
}

static bool is_paused(const struct members *members, int index)
{
	int status;

	return waitpid(members->processes[index].pid, &status, WUNTRACED | WNOHANG) > 0 &&
		WIFSTOPPED(status);
}

int members_await_pause(struct members *members, int index)
{
	return members_await(members, is_paused, index, "the member had begun to write");
}
