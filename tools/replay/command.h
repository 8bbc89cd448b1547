/*
 * The command line of replay and replay order: read, and checked as far as that needs no broker.
 */
#pragma once

#include "selection.h"

struct command {
	const char *bootstrap;
	const char *group;
	const char *order; /* of replay order, in lower case; else NULL */
	struct selection selection;
	const char *export_path, *undo_path; /* NULL: not given */
	int64_t wait_s, count_max;
	int timeout_ms;
	bool execute, clamp, json;
};

/* 0; SETTINGS_EXIT; or FAULT_USAGE in words. Reads a process's command line once. */
int command_read(int argc, char **argv, struct arena *arena, struct command *ret_command);
