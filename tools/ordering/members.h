/*
 * The members of a group, each a process: started, heard, killed, woken.
 *
 * Only processes that were started here are touched, by their pid, and all are gone after
 * members_finish().
 */
#pragma once

#include "history.h"
#include "member.h"
#include "stage.h"

#include <stdbool.h>
#include <sys/types.h>

#define MEMBERS_MAX 8
#define MEMBERS_LINE_SIZE 256

struct member_process {
	pid_t pid; /* 0: ended */
	int output;
	char line[MEMBERS_LINE_SIZE];
	size_t line_size;
	int assigned; /* partitions */
	int applied;  /* lines */
	int refused;
};

struct members {
	struct stage *stage;
	struct history *history; /* what was applied; may be NULL */
	const char *topic, *group, *effects;
	enum member_how how;
	struct member_process processes[MEMBERS_MAX];
	size_t count;
	bool seen[PLAN_KEYS_MAX][PLAN_MESSAGES_MAX + 1];
	int distinct; /* messages that were applied at least once */
};

/* Starts one more; returns its index, or a fault. */
int members_start(struct members *members, int pause_after);
void members_kill(struct members *members, int index);
void members_wake(struct members *members, int index);
/* Asks it to leave the group, and waits until it has ended. */
int members_stop(struct members *members, int index);
/* Waits for its own end. */
int members_await_end(struct members *members, int index);
/* Waits until it has stopped itself. */
int members_await_pause(struct members *members, int index);
/* Ends all that is left, with force. */
void members_finish(struct members *members);

/*
 * Listens until @is_so(members, number) holds: 0; FAULT_STATE when it never did, naming
 * @what, when a member ended by itself, or after SIGINT.
 */
int members_await(struct members *members, bool (*is_so)(const struct members *, int number),
	int number, const char *what);

/* Takes one line of a member's output: pure but for the history. */
int members_take_line(struct members *members, int index, const char *line);
