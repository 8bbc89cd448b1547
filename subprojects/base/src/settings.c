#include "settings_text.h"

#include <base/fault.h>
#include <base/settings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the command line asked for besides settings. */
enum request { REQUEST_RUN, REQUEST_HELP, REQUEST_VERSION, REQUEST_PRINT, REQUEST_CHECK };

struct reading {
	const struct settings_program *program;
	struct settings_list list;
	bool given[SETTINGS_MAX]; /* by place in the list */
	char **argv;
	int argc;
	int at;
	enum request request;
};

/* The place in the list of the option whose name is the @size bytes at @text; count if none. */
static size_t find_option(const struct settings_list *list, const char *text, size_t size)
{
	char option[SETTING_NAME_SIZE];
	size_t i;

	for (i = 0; i < list->count; i++) {
		setting_option(list->settings[i], option);
		if (list->settings[i]->kind != SETTING_SECRET && strlen(option) == size &&
			memcmp(option, text, size) == 0)
			break;
	}
	return i;
}

/* Takes one "--name…" word, and its value where that is the next word. */
static int read_option(struct reading *reading)
{
	const char *word = reading->argv[reading->at] + 2;
	const char *equals = strchr(word, '=');
	size_t size = equals ? (size_t)(equals - word) : strlen(word);
	size_t place = find_option(&reading->list, word, size);
	const char *value = equals ? equals + 1 : NULL;

	if (place == reading->list.count)
		return fault(FAULT_USAGE, "unknown option --%.*s; %s --help lists them", (int)size,
			word, reading->program->name);
	const struct setting *setting = reading->list.settings[place];
	if (!value && setting->kind == SETTING_FLAG)
		value = "true";
	if (!value && reading->at + 1 < reading->argc)
		value = reading->argv[++reading->at];
	if (!value)
		return fault(FAULT_USAGE, "option --%.*s wants a value", (int)size, word);
	reading->given[place] = true;
	return setting_assign(setting, value);
}

static enum request request_of(const char *word)
{
	static const struct {
		const char *word;
		enum request request;
	} requests[] = {
		{"--help", REQUEST_HELP},
		{"-h", REQUEST_HELP},
		{"--version", REQUEST_VERSION},
		{"--print-config", REQUEST_PRINT},
		{"--check", REQUEST_CHECK},
		{"-n", REQUEST_CHECK},
	};
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (strcmp(word, requests[i].word) == 0)
			return requests[i].request;
	}
	return REQUEST_RUN;
}

/* The first request stands: --help before --version answers help. */
static int read_word(struct reading *reading)
{
	const char *word = reading->argv[reading->at];
	enum request request = request_of(word);

	if (request != REQUEST_RUN) {
		if (reading->request == REQUEST_RUN)
			reading->request = request;
		return 0;
	}
	if (strncmp(word, "--", 2) == 0)
		return read_option(reading);
	return fault(FAULT_USAGE, "unknown option %s; %s --help lists them", word,
		reading->program->name);
}

/* Moves the words from @from up to @to in front of the positional words that begin at @first. */
static void move_words(char **argv, int first, int from, int to)
{
	for (; from < to; from++, first++) {
		char *word = argv[from];
		memmove(&argv[first + 1], &argv[first], (size_t)(from - first) * sizeof(*argv));
		argv[first] = word;
	}
}

/* Reads all options; positional words end up from *ret_rest on, in their order. */
static int read_command_line(struct reading *reading, int *ret_rest)
{
	int rest = 1;

	for (reading->at = 1; reading->at < reading->argc; reading->at++) {
		const char *word = reading->argv[reading->at];
		int from = reading->at;
		bool last = strcmp(word, "--") == 0;

		if (!last && (word[0] != '-' || word[1] == '\0'))
			continue;
		if (!last) {
			int r = read_word(reading);
			if (r < 0)
				return r;
		}
		int count = reading->at + 1 - from;
		move_words(reading->argv, rest, from, from + count);
		rest += count;
		if (last)
			break;
	}
	*ret_rest = rest;
	return 0;
}

/* Defaults and the environment; what has neither is emptied. */
static int read_surroundings(struct reading *reading)
{
	for (size_t i = 0; i < reading->list.count; i++) {
		const struct setting *setting = reading->list.settings[i];
		const char *value;
		int r = setting_look_up(setting, &value);
		if (r < 0)
			return r;
		if (!value)
			value = setting->initial;
		if (!value) {
			if (setting->kind == SETTING_TEXT || setting->kind == SETTING_SECRET)
				*(const char **)setting->target = "";
			continue;
		}
		reading->given[i] = true;
		r = setting_assign(setting, value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_given(const struct reading *reading)
{
	char option[SETTING_NAME_SIZE], variable[SETTING_NAME_SIZE];

	for (size_t i = 0; i < reading->list.count; i++) {
		const struct setting *setting = reading->list.settings[i];
		if (reading->given[i])
			continue;
		setting_option(setting, option);
		setting_variable(setting, variable);
		if (setting->kind == SETTING_SECRET)
			return fault(FAULT_USAGE, "%s is not set: give it, or %s_FILE with a path",
				variable, variable);
		return fault(FAULT_USAGE, "%s is not set: give --%s%s%s", setting->name, option,
			*variable ? " or " : "", variable);
	}
	return 0;
}

static int answer(const struct settings_program *program, enum request request)
{
	BUFFER_CLEAN struct buffer out;
	buffer_init(&out, 0);

	if (request == REQUEST_HELP)
		settings_write_help(program, &out);
	else if (request == REQUEST_VERSION)
		buffer_add_format(&out, "%s (Order Lab) %s\n", program->name, ORDER_LAB_VERSION);
	else if (request == REQUEST_PRINT)
		settings_print(program, &out);
	else
		buffer_add_format(&out, "%s: the settings are complete and valid\n", program->name);

	int r = buffer_check(&out, "the answer");
	if (r < 0)
		return r;
	if (fwrite(out.data, 1, out.size, stdout) != out.size || fflush(stdout) != 0)
		return fault(FAULT_SYSTEM, "cannot write to standard output: %m");
	return SETTINGS_EXIT;
}

int settings_read(const struct settings_program *program, int argc, char **argv, int *ret_rest)
{
	struct reading reading = {.program = program, .argv = argv, .argc = argc};
	int rest;

	settings_collect(program, &reading.list);
	/* Help must come also where the environment is wrong, so it is looked for first. */
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (request_of(argv[i]) == REQUEST_HELP)
			return answer(program, REQUEST_HELP);
	}
	int r = read_surroundings(&reading);
	if (r < 0)
		return r;
	r = read_command_line(&reading, &rest);
	if (r < 0)
		return r;
	if (reading.request == REQUEST_VERSION)
		return answer(program, REQUEST_VERSION);
	if (rest < argc && !ret_rest)
		return fault(FAULT_USAGE, "unexpected argument '%s'; %s --help tells the usage",
			argv[rest], program->name);
	r = check_given(&reading);
	if (r < 0)
		return r;
	if (reading.request != REQUEST_RUN)
		return answer(program, reading.request);
	if (ret_rest)
		*ret_rest = rest;
	return 0;
}
