#include "settings_text.h"

#include <base/fault.h>

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_SIZE_MAX 4096

/* Secrets that were read from files: they live as long as the process. */
struct secret {
	struct secret *next;
	char text[SECRET_SIZE_MAX + 2];
};
static struct secret *secrets;

void settings_collect(const struct settings_program *program, struct settings_list *ret_list)
{
	ret_list->count = 0;
	for (const struct setting *const *table = program->tables; *table; table++) {
		for (const struct setting *setting = *table; setting->name; setting++) {
			assert(ret_list->count < SETTINGS_MAX);
			ret_list->settings[ret_list->count++] = setting;
		}
	}
}

static void setting_spell(const struct setting *setting, char *text, char separator, bool upper)
{
	size_t i;

	assert(strlen(setting->name) < SETTING_NAME_SIZE - sizeof("_FILE"));
	for (i = 0; setting->name[i]; i++) {
		char byte = setting->name[i];
		if (byte == '.' || byte == '_')
			byte = separator;
		text[i] = upper ? (char)toupper((unsigned char)byte) : byte;
	}
	text[i] = '\0';
}

char *setting_option(const struct setting *setting, char option[static SETTING_NAME_SIZE])
{
	setting_spell(setting, option, '-', false);
	return option;
}

char *setting_variable(const struct setting *setting, char variable[static SETTING_NAME_SIZE])
{
	if (setting->variable)
		snprintf(variable, SETTING_NAME_SIZE, "%s", setting->variable);
	else
		setting_spell(setting, variable, '_', true);
	return variable;
}

/* Says what is wrong with a value, by both names it may have come under. */
static int setting_refuse(const struct setting *setting, const char *value, const char *wanted)
{
	char option[SETTING_NAME_SIZE], variable[SETTING_NAME_SIZE];

	setting_option(setting, option);
	if (!*setting_variable(setting, variable))
		return fault(FAULT_USAGE, "--%s: '%.80s' is not %s", option, value, wanted);
	return fault(FAULT_USAGE, "--%s (%s): '%.80s' is not %s", option, variable, value, wanted);
}

static int assign_number(const struct setting *setting, const char *value)
{
	char *end, wanted[80];

	errno = 0;
	intmax_t number = strtoimax(value, &end, 10);
	bool whole = end != value && *end == '\0' && !isspace((unsigned char)*value);
	if (!whole || errno || number < setting->min || number > setting->max) {
		snprintf(wanted, sizeof(wanted), "a whole number from %" PRId64 " to %" PRId64,
			setting->min, setting->max);
		return setting_refuse(setting, value, wanted);
	}
	*(int64_t *)setting->target = number;
	return 0;
}

static int assign_flag(const struct setting *setting, const char *value)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true}, {"yes", true}, {"on", true}, {"1", true}, {"false", false},
		{"no", false}, {"off", false}, {"0", false}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i].word) == 0) {
			*(bool *)setting->target = words[i].value;
			return 0;
		}
	}
	return setting_refuse(setting, value, "true or false");
}

int setting_assign(const struct setting *setting, const char *value)
{
	if (setting->kind == SETTING_NUMBER)
		return assign_number(setting, value);
	if (setting->kind == SETTING_FLAG)
		return assign_flag(setting, value);
	*(const char **)setting->target = value;
	return 0;
}

/* One trailing newline is dropped: editors and echo put it there. */
static int read_secret(const char *variable, const char *path, const char **ret_value)
{
	struct secret *secret = calloc(1, sizeof(*secret));
	if (!secret)
		return fault(FAULT_SYSTEM, "out of memory");
	FILE *file = fopen(path, "re");
	if (!file) {
		free(secret);
		return fault(FAULT_USAGE, "%s_FILE: cannot open '%s': %m", variable, path);
	}
	size_t size = fread(secret->text, 1, sizeof(secret->text) - 1, file);
	bool failed = ferror(file);
	fclose(file);
	if (size > 0 && secret->text[size - 1] == '\n')
		size--;
	if (failed || size > SECRET_SIZE_MAX || memchr(secret->text, '\0', size)) {
		free(secret);
		return fault(FAULT_USAGE,
			"%s_FILE: '%s' is not a readable text of at most %d bytes", variable, path,
			SECRET_SIZE_MAX);
	}
	secret->text[size] = '\0';
	secret->next = secrets;
	secrets = secret;
	*ret_value = secret->text;
	return 0;
}

int setting_look_up(const struct setting *setting, const char **ret_value)
{
	char variable[SETTING_NAME_SIZE], variable_of_file[SETTING_NAME_SIZE + sizeof("_FILE")];

	*ret_value = NULL;
	if (!*setting_variable(setting, variable))
		return 0;
	const char *value = getenv(variable);
	if (value && *value)
		*ret_value = value;
	if (setting->kind != SETTING_SECRET)
		return 0;

	snprintf(variable_of_file, sizeof(variable_of_file), "%s_FILE", variable);
	const char *path = getenv(variable_of_file);
	if (!path || !*path)
		return 0;
	if (*ret_value)
		return fault(FAULT_USAGE, "both %s and %s are set: leave one", variable,
			variable_of_file);
	return read_secret(variable, path, ret_value);
}

/* The four columns of one line of the table; each valid until the next call. */
struct help_row {
	char option[SETTING_NAME_SIZE + 10];
	char variable[SETTING_NAME_SIZE + 10];
	const char *initial;
	const char *help;
};

static void help_row_fill(const struct setting *setting, struct help_row *row)
{
	char text[SETTING_NAME_SIZE];

	setting_option(setting, text);
	if (setting->kind == SETTING_SECRET)
		snprintf(row->option, sizeof(row->option), "-");
	else
		snprintf(row->option, sizeof(row->option), "--%s", text);
	setting_variable(setting, text);
	snprintf(row->variable, sizeof(row->variable), "%s%s", *text ? text : "-",
		setting->kind == SETTING_SECRET ? "[_FILE]" : "");
	row->initial = setting->initial ? setting->initial : "(required)";
	if (!*row->initial)
		row->initial = "(none)";
	row->help = setting->help ? setting->help : "";
}

static void raise_to(int *width, const char *text)
{
	int size = (int)strlen(text);
	if (size > *width)
		*width = size;
}

static void write_table(const struct settings_list *list, struct buffer *out)
{
	int option = 6, variable = 8, initial = 7; /* the headings */
	struct help_row row;

	for (size_t i = 0; i < list->count; i++) {
		help_row_fill(list->settings[i], &row);
		raise_to(&option, row.option);
		raise_to(&variable, row.variable);
		raise_to(&initial, row.initial);
	}
	buffer_add_format(out, "  %-*s  %-*s  %-*s  %s\n", option, "OPTION", variable, "VARIABLE",
		initial, "DEFAULT", "MEANING");
	for (size_t i = 0; i < list->count; i++) {
		help_row_fill(list->settings[i], &row);
		buffer_add_format(out, "  %-*s  %-*s  %-*s  %s\n", option, row.option, variable,
			row.variable, initial, row.initial, row.help);
	}
}

void settings_write_help(const struct settings_program *program, struct buffer *out)
{
	struct settings_list list;

	settings_collect(program, &list);
	buffer_add_format(out, "%s: %s\n\nUsage: %s [options]\n\n", program->name,
		program->purpose ? program->purpose : "", program->name);
	if (list.count > 0)
		write_table(&list, out);
	buffer_add_text(out,
		"\n"
		"  --help, -h      this text\n"
		"  --version       the version\n"
		"  --print-config  the settings in force, secrets redacted\n"
		"  --check, -n     check the settings and leave\n"
		"\n"
		"An option wins over its variable. Secrets have no option: give the variable, or\n"
		"name a file with VARIABLE_FILE.\n");
	if (program->examples)
		buffer_add_format(out, "\nExamples:\n%s", program->examples);
}

static void print_value(const struct setting *setting, struct buffer *out)
{
	if (setting->kind == SETTING_NUMBER) {
		buffer_add_format(out, "%" PRId64, *(const int64_t *)setting->target);
		return;
	}
	if (setting->kind == SETTING_FLAG) {
		buffer_add_text(out, *(const bool *)setting->target ? "true" : "false");
		return;
	}
	const char *value = *(const char **)setting->target;
	if (!value)
		value = "";
	buffer_add_text(out, setting->kind == SETTING_SECRET && *value ? "(redacted)" : value);
}

void settings_print(const struct settings_program *program, struct buffer *out)
{
	struct settings_list list;

	settings_collect(program, &list);
	for (size_t i = 0; i < list.count; i++) {
		buffer_add_format(out, "%s = ", list.settings[i]->name);
		print_value(list.settings[i], out);
		buffer_add_byte(out, '\n');
	}
}
