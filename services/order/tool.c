#include "tool.h"

#include "order.h"
#include "order_sql.h"
#include "rebuild.h"

#include <base/fault.h>
#include <base/settings.h>
#include <inttypes.h>
#include <runtime/service.h>
#include <stdio.h>
#include <string.h>

#define EXIT_CODE_DIFFERS 1
#define CONNECT_TIMEOUT_MS 5000
#define STATEMENT_TIMEOUT_MS 60000

static bool states;
static const char *which, *database_url, *database_password;

/* clang-format off */
static const struct setting settings[] = {
	{"states", SETTING_FLAG, &states, "false", 0, 0, "print the saga's steps as Graphviz", ""},
	{"rebuild", SETTING_TEXT, &which, "", 0, 0, "ORDER_ID or all: make it again from its history and compare", ""},
	{"database.url", SETTING_TEXT, &database_url, "", 0, 0, "libpq connection URI, without the password"},
	{"database.password", SETTING_SECRET, &database_password, "", 0, 0, "password of that role"},
	{0},
};
/* clang-format on */

bool order_tool_asked(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--states") == 0 || strcmp(argv[i], "--rebuild") == 0 ||
			strncmp(argv[i], "--rebuild=", 10) == 0)
			return true;
	}
	return false;
}

static int print_states(void)
{
	BUFFER_CLEAN struct buffer out = {0};

	buffer_init(&out, 0);
	order_write_states(&out);
	fputs(out.data, stdout);
	return 0;
}

static int rebuild(void)
{
	const struct store_config config = {
		.url = database_url,
		.password = *database_password ? database_password : NULL,
		.application = "order --rebuild",
		.scripts = (const char *const[]){sql_rebuild, NULL},
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.statement_timeout_ms = STATEMENT_TIMEOUT_MS,
	};
	struct rebuild result;
	struct uuid id, *only = NULL;
	int r;

	if (!*database_url)
		return fault(FAULT_USAGE, "--rebuild wants DATABASE_URL");
	if (strcmp(which, "all") != 0) {
		if (uuid_parse(which, strlen(which), &id) < 0)
			return fault(FAULT_USAGE, "--rebuild wants an order id or all");
		only = &id;
	}
	r = order_rebuild(&config, only, &result);
	if (r < 0)
		return r;
	printf("%" PRId64 " rebuilt, %" PRId64 " differ\n", result.orders, result.differing);
	return result.differing > 0 ? EXIT_CODE_DIFFERS : 0;
}

int order_tool_main(int argc, char **argv)
{
	static const struct setting *const tables[] = {settings, NULL};
	int r = settings_read(
		&(struct settings_program){
			.name = "order",
			.purpose = "Looks at the saga without serving it.",
			.tables = tables,
		},
		argc, argv, NULL);

	if (r == SETTINGS_EXIT)
		return 0;
	if (r == 0)
		r = states ? print_states() : rebuild();
	if (r >= 0)
		return r;
	fprintf(stderr, "order: %s\n", fault_text());
	return r == FAULT_USAGE || r == FAULT_INPUT ? EXIT_CODE_USAGE : EXIT_CODE_REFUSED;
}
