/*
 * One setting as text: its names, its value from text and back, the table of
 * --help. Inside base only; settings.c reads the command line with it.
 */
#pragma once

#include <base/settings.h>

#define SETTINGS_MAX 128
#define SETTING_NAME_SIZE 80

/* All tables of a program as one list. */
struct settings_list {
	const struct setting *settings[SETTINGS_MAX];
	size_t count;
};

void settings_collect(const struct settings_program *program, struct settings_list *ret_list);

/* "kafka.bootstrap" as "kafka-bootstrap"; returns @option. */
char *setting_option(const struct setting *setting, char option[static SETTING_NAME_SIZE]);
/* "kafka.bootstrap" as "KAFKA_BOOTSTRAP", "" where there is none; returns @variable. */
char *setting_variable(const struct setting *setting, char variable[static SETTING_NAME_SIZE]);

/* Parses @value into the target; it must live on. 0 or FAULT_USAGE, which names the setting. */
int setting_assign(const struct setting *setting, const char *value);
/*
 * What the variable says, or for a secret the file that NAME_FILE names; NULL
 * where neither is set. An empty variable is as good as none. 0 or FAULT_USAGE.
 */
int setting_look_up(const struct setting *setting, const char **ret_value);

void settings_write_help(const struct settings_program *program, struct buffer *out);
