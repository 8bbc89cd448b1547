/*
 * What the command line and the environment say.
 */
#pragma once

#include "report.h"
#include "system.h"

#include <bus/options.h>

#define LEDGERS_MAX 64

struct options {
	const char *bootstrap, *gateway, *order_url;
	struct bus_options kafka;
	const char *urls[SERVICES], *passwords[SERVICES];
	const char *ledgers[LEDGERS_MAX + 1]; /* NULL-ended */
	const char *poison;                   /* "class=count,…" or "" */
	unsigned invariants, replayed;
	int64_t wait_s, samples, hanging_s;
	bool json;
};

/*
 * 0; SETTINGS_EXIT when it was all about --help; FAULT_USAGE. --ledger may be given often.
 * Texts live as long as the process.
 */
int options_read(int argc, char **argv, struct options *ret_options);
void options_finish(struct options *options);
