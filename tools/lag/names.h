/*
 * Lists of names on a command line: with commas, and by giving an option again.
 */
#pragma once

#include <base/arena.h>

#define NAMES_MAX 64

struct names {
	char *text;
	const char *list[NAMES_MAX + 1]; /* NULL-ended; points into text */
};

/*
 * "a, b": blanks around a name are dropped, and so are empty names and a name's second time.
 * FAULT_USAGE speaks of @option. names_finish() afterwards, also when it failed.
 */
int names_parse(const char *option, const char *text, struct names *ret_names);
void names_finish(struct names *names);

/*
 * "--group a --group=b" become one "--group=a,b" where the last stood, for each of @options
 * (NULL-ended, "--group"). Words behind "--" stay. @argv changes in place; the new count is
 * returned; a text that was made is in @arena.
 */
int names_join(struct arena *arena, const char *const *options, int argc, char **argv);
