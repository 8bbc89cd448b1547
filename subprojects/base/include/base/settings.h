/*
 * Settings: one table per program, read from the environment and the command line.
 *
 * A setting "kafka.bootstrap" is the option --kafka-bootstrap and the variable
 * KAFKA_BOOTSTRAP; the option wins. A secret has no option: it comes from the
 * variable or, named by the variable with _FILE behind it, from a file (one
 * trailing newline dropped), and prints as "(redacted)".
 * Every program also answers --help, --version, --print-config, --check (and -n).
 */
#pragma once

#include <base/buffer.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting_kind { SETTING_TEXT = 1, SETTING_SECRET, SETTING_NUMBER, SETTING_FLAG };

struct setting {
	const char *name; /* "kafka.bootstrap"; lower case, digits, '.', '_' */
	enum setting_kind kind;
	void *target;        /* const char ** | const char ** | int64_t * | bool * */
	const char *initial; /* as text; NULL: must be given */
	int64_t min, max;    /* numbers: inclusive bounds */
	const char *help;    /* one line, with the unit */
	/* Another variable than the name's, or "": an option only. NULL: the name's. */
	const char *variable;
};

struct settings_program {
	const char *name;                    /* "payment" */
	const char *purpose;                 /* one sentence for --help */
	const char *examples;                /* printed at the end of --help, may be NULL */
	const struct setting *const *tables; /* NULL-ended list of tables ended by a NULL name */
};

enum { SETTINGS_EXIT = 1 }; /* --help and the like: answered on stdout, leave with 0 */

/*
 * Fills all targets. 0; SETTINGS_EXIT; or FAULT_USAGE whose words name the
 * option and say what is wanted. Positional arguments are handed back from
 * *ret_rest on (argv is permuted); pass NULL where none are taken.
 * Texts live as long as the process.
 */
int settings_read(const struct settings_program *program, int argc, char **argv, int *ret_rest);

/* What --print-config prints: "name = value" lines, secrets redacted. */
void settings_print(const struct settings_program *program, struct buffer *out);
