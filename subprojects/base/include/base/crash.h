/*
 * Named crash points: places where a drill or a test can end the process the
 * hard way (SIGKILL to itself), to prove that what follows mends it.
 *
 * CRASH_AT="relay.after_produce" in the environment dies at the first pass,
 * "relay.after_produce:3" at the third. Unset, a point costs one load and a
 * branch. List all: grep -rn 'crash_point(' services subprojects.
 */
#pragma once

#include <stdbool.h>

extern bool crash_armed;

/* Reads CRASH_AT; called by runtime at start. */
void crash_init(void);
void crash_pass(const char *point);

#define crash_point(point) \
	do { \
		if (__builtin_expect(crash_armed, 0)) \
			crash_pass(point); \
	} while (0)
