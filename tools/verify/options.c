#include "options.h"

#include "checks.h"

#include <base/fault.h>
#include <base/settings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *bootstrap, *gateway, *order_url, *only, *replayed, *poison, *output, *ledger;
static const char *urls[SERVICES], *passwords[SERVICES];
static int64_t wait_s, samples, hanging_s;

#define DATABASE(service, name, port) \
	{name ".database_url", SETTING_TEXT, &urls[service], \
		"postgresql://" name "@127.0.0.1:" port "/" name "?sslmode=disable", \
		.help = "database of " name}, \
	{ \
		name ".password", SETTING_SECRET, &passwords[service], "", .help = "its password" \
	}

/* clang-format off */
static const struct setting settings[] = {
	{"ledger", SETTING_TEXT, &ledger, "", .variable = "", .help = "what orders --ledger wrote; may be given often"},
	{"wait", SETTING_NUMBER, &wait_s, "0", .min = 0, .max = 3600, .variable = "", .help = "seconds to wait until the system is quiet"},
	{"only", SETTING_TEXT, &only, "", .variable = "", .help = "invariants: S3,S7; empty: all"},
	{"output", SETTING_TEXT, &output, "table", .variable = "", .help = "table or json"},
	{"poison", SETTING_TEXT, &poison, "", .variable = "", .help = "dead letters to be expected: class=count,…"},
	{"replayed", SETTING_TEXT, &replayed, "", .variable = "", .help = "services whose group was rewound: dead letters may be there twice"},
	{"sample", SETTING_NUMBER, &samples, "20", .min = 0, .max = 1000, .variable = "", .help = "orders asked again over HTTP for S2 and S12; 0: none"},
	{"hanging", SETTING_NUMBER, &hanging_s, "60", .min = 1, .max = 3600, .variable = "", .help = "seconds after which an open transaction hangs"},
	{"gateway.url", SETTING_TEXT, &gateway, "http://127.0.0.1:18080", .help = "the gateway"},
	{"order.url", SETTING_TEXT, &order_url, "http://127.0.0.1:18081", .help = "the order service behind it"},
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, "127.0.0.1:18092", .help = "a broker, host:port"},
	DATABASE(SERVICE_ORDER, "order", "18101"),
	DATABASE(SERVICE_PAYMENT, "payment", "18102"),
	DATABASE(SERVICE_INVENTORY, "inventory", "18103"),
	DATABASE(SERVICE_NOTIFICATION, "notification", "18104"),
	DATABASE(SERVICE_ANALYTICS, "analytics", "18105"),
	{0},
};
/* clang-format on */

static const struct settings_program program = {
	.name = "verify",
	.purpose = "looks at all databases and topics and says whether the invariants S1 to S12 "
		   "hold; changes nothing",
	.examples =
		"  ./lab orders --rate 50 --count 1000 --ledger run.tsv\n"
		"  ./lab verify --ledger run.tsv --wait 60\n"
		"  ./lab verify --only S3,S7 --output json\n"
		"  ./lab verify --poison missing_id=3,refused=1\n"
		"\n"
		"While orders are under way, lag is left, an outbox is not drained or a "
		"transaction\n"
		"is open, something that is missing may be on its way: INCONCLUSIVE, not FAIL.\n"
		"Exit code: 0 PASS, 1 FAIL, 2 usage, 3 INCONCLUSIVE, 5 a part is away.\n",
	.tables = (const struct setting *const[]){settings, bus_settings, NULL},
};

/* Takes --ledger F and --ledger=F out of the arguments; the rest is the settings'. */
static int take_ledgers(int *argc, char **argv, struct options *options)
{
	int kept = 1;
	size_t count = 0;

	for (int i = 1; i < *argc; i++) {
		const char *path = NULL;

		if (strncmp(argv[i], "--ledger=", 9) == 0)
			path = argv[i] + 9;
		else if (strcmp(argv[i], "--ledger") == 0 && i + 1 < *argc)
			path = argv[++i];
		if (path && count == LEDGERS_MAX)
			return fault(FAULT_USAGE, "--ledger: at most %d of them", LEDGERS_MAX);
		if (path)
			options->ledgers[count++] = path;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

static int parse_services(const char *text, unsigned *ret_services)
{
	unsigned services = 0;

	while (*text) {
		size_t size = strcspn(text, ",");
		enum service service = service_of(text, size);

		if (service == SERVICES)
			return fault(
				FAULT_USAGE, "--replayed: '%.*s' is no service", (int)size, text);
		services |= 1U << service;
		text += size + (text[size] == ',');
	}
	*ret_services = services;
	return 0;
}

int options_read(int argc, char **argv, struct options *ret_options)
{
	struct options options = {0};
	int r = take_ledgers(&argc, argv, &options);

	if (r == 0)
		r = settings_read(&program, argc, argv, NULL);
	if (r == 0)
		r = invariants_parse(only, &options.invariants);
	if (r == 0)
		r = parse_services(replayed, &options.replayed);
	if (r == 0)
		r = poison_check(poison);
	if (r == 0 && strcmp(output, "table") != 0 && strcmp(output, "json") != 0)
		r = fault(FAULT_USAGE, "--output: '%s' is neither table nor json", output);
	if (r == 0)
		r = bus_options_init(&options.kafka, &bus_access);
	if (r != 0)
		return r;
	options.json = strcmp(output, "json") == 0;
	options.bootstrap = bootstrap;
	options.gateway = gateway;
	options.order_url = order_url;
	options.poison = poison;
	options.wait_s = wait_s;
	options.samples = samples;
	options.hanging_s = hanging_s;
	memcpy(options.urls, urls, sizeof(urls));
	memcpy(options.passwords, passwords, sizeof(passwords));
	*ret_options = options;
	return 0;
}

void options_finish(struct options *options)
{
	bus_options_finish(&options->kafka);
}
