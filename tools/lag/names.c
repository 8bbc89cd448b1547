#include "names.h"

#include <base/fault.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_listed(const struct names *names, const char *name)
{
	for (const char *const *known = names->list; *known; known++) {
		if (strcmp(*known, name) == 0)
			return true;
	}
	return false;
}

int names_parse(const char *option, const char *text, struct names *ret_names)
{
	int count = 0;
	char *rest;

	*ret_names = (struct names){.text = strdup(text)};
	if (!ret_names->text)
		return fault(FAULT_SYSTEM, "out of memory");
	for (char *name = strtok_r(ret_names->text, ", ", &rest); name;
		name = strtok_r(NULL, ", ", &rest)) {
		if (is_listed(ret_names, name))
			continue;
		if (count == NAMES_MAX)
			return fault(FAULT_USAGE, "%s: more than %d names", option, NAMES_MAX);
		ret_names->list[count++] = name;
	}
	return 0;
}

void names_finish(struct names *names)
{
	free(names->text);
	*names = (struct names){0};
}

/* The value when words at @at are the option: in the same word, or the next. */
static const char *value_at(const char *option, int argc, char **argv, int at, int *ret_words)
{
	size_t size = strlen(option);

	if (strncmp(argv[at], option, size) != 0)
		return NULL;
	if (argv[at][size] == '=') {
		*ret_words = 1;
		return argv[at] + size + 1;
	}
	if (argv[at][size] != '\0' || at + 1 == argc)
		return NULL;
	*ret_words = 2;
	return argv[at + 1];
}

static int remove_words(int argc, char **argv, int at, int count)
{
	memmove(&argv[at], &argv[at + count], (size_t)(argc - at - count + 1) * sizeof(*argv));
	return argc - count;
}

static int join_one(struct arena *arena, const char *option, int argc, char **argv)
{
	char *joined = NULL;
	int words, place = 0;

	for (int at = 1; at < argc && strcmp(argv[at], "--") != 0;) {
		const char *value = value_at(option, argc, argv, at, &words);

		if (value == NULL) {
			at++;
			continue;
		}
		joined = joined == NULL ? arena_format(arena, "%s=%s", option, value)
					: arena_format(arena, "%s,%s", joined, value);
		place = at;
		argc = remove_words(argc, argv, at, words);
	}
	if (joined == NULL)
		return argc;
	/* At least one word was taken out. */
	memmove(&argv[place + 1], &argv[place], (size_t)(argc - place + 1) * sizeof(*argv));
	argv[place] = joined;
	return argc + 1;
}

int names_join(struct arena *arena, const char *const *options, int argc, char **argv)
{
	for (; *options; options++)
		argc = join_one(arena, *options, argc, argv);
	return argc;
}
