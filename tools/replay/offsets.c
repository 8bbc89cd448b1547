#include "offsets.h"

#include <base/fault.h>
#include <base/settings.h>
#include <stdio.h>

static const char *group;

static const struct setting settings[] = {
	{"group", SETTING_TEXT, &group, NULL, .variable = "", .help = "the group to set back"},
	{0},
};

static const struct settings_program program = {
	.name = "replay",
	.purpose = "lets a group read again what it has read before",
	.tables = (const struct setting *const[]){settings, NULL},
};

int offsets_main(int argc, char **argv)
{
	int r = settings_read(&program, argc, argv, NULL);

	if (r < 0)
		fprintf(stderr, "replay: %s\n", fault_text());
	return r < 0 ? 2 : 0;
}
