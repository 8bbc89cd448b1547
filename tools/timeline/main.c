/*
 * timeline: everything about one order, from every service and topic. See README.md.
 */
#include "database.h"
#include "logs.h"
#include "missing.h"
#include "page.h"
#include "topics.h"
#include "weave.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/settings.h>
#include <bus/options.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Its id is made a little before the order's first message; and clocks differ. */
#define SLACK_US (10 * US_PER_S)
#define WIDTH_DEFAULT 120

enum { EXIT_FAILED = 1, EXIT_NOT_FOUND = 1, EXIT_USAGE = 2, EXIT_PARTLY = 4, EXIT_AWAY = 5 };

static const char *urls[DATABASES], *passwords[DATABASES];
static const char *bootstrap, *logs, *output;
static int64_t timeout_ms, messages_max, width;
static bool all_partitions;

/* clang-format off */
#define DATABASE(at, name) \
	{name ".database.url", SETTING_TEXT, &urls[at], "", .help = "of the database " name ", without the password"}, \
	{name ".password", SETTING_SECRET, &passwords[at], "", .help = "of its role"}
static const struct setting settings[] = {
	DATABASE(DATABASE_ORDER, "order"),
	DATABASE(DATABASE_PAYMENT, "payment"),
	DATABASE(DATABASE_INVENTORY, "inventory"),
	DATABASE(DATABASE_NOTIFICATION, "notification"),
	DATABASE(DATABASE_ANALYTICS, "analytics"),
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, "127.0.0.1:18092", .help = "host:port"},
	{"timeout.ms", SETTING_NUMBER, &timeout_ms, "5000", .min = 100, .max = 600000, .variable = "", .help = "for an answer of Kafka"},
	{"messages.max", SETTING_NUMBER, &messages_max, "2000000", .min = 1, .max = INT64_MAX, .variable = "", .help = "read at most so many in search of the order's"},
	{"all.partitions", SETTING_FLAG, &all_partitions, "false", .variable = "", .help = "read those too where the order's key does not belong"},
	{"logs", SETTING_TEXT, &logs, "", .variable = "", .help = "a directory with the processes' *.log, to be searched too"},
	{"width", SETTING_NUMBER, &width, "0", .min = 0, .max = 1000, .variable = "", .help = "columns of the page; 0: the terminal's, or 120"},
	{"output", SETTING_TEXT, &output, "table", .variable = "", .help = "table or json"},
	{0},
};
/* clang-format on */

static const struct settings_program program = {
	.name = "timeline",
	.purpose = "shows everything about one order, from every service and topic, in time order",
	.examples = "  timeline 01a0c2b4-5d6e-7f80-9a1b-2c3d4e5f6071\n"
		    "  timeline 01a0c2b4-5d6e-7f80-9a1b-2c3d4e5f6071 --output json | jq .hops\n"
		    "  timeline 01a0c2b4-5d6e-7f80-9a1b-2c3d4e5f6071 --logs /var/log/order-lab\n"
		    "\n"
		    "Changes nothing and leaves no trace in Kafka. A source that is away is named, "
		    "the\n"
		    "rest is shown.\n"
		    "Exit code: 0 shown whole, 1 nobody knows the order (or it cannot be written), "
		    "2 usage,\n"
		    "4 shown in part: a source is away, 5 all are away.\n",
	.tables = (const struct setting *const[]){settings, bus_settings, NULL},
};

static int parse_order(int argc, char **argv, int rest, struct uuid *ret_order)
{
	if (rest + 1 != argc)
		return fault(FAULT_USAGE, "give the id of one order; --help has examples");
	if (uuid_parse(argv[rest], strlen(argv[rest]), ret_order) < 0)
		return fault(FAULT_USAGE, "'%s' is not the id of an order (a UUID)", argv[rest]);
	if (strcmp(output, "table") != 0 && strcmp(output, "json") != 0)
		return fault(FAULT_USAGE, "--output: '%s' is neither table nor json", output);
	return 0;
}

/* A version 7 id holds its time; of another, all that the topics keep is looked through. */
static int64_t since(const struct uuid *order)
{
	int64_t at_us = order->bytes[6] >> 4 == 7 ? uuid_time_us(order) : 0;

	return at_us > SLACK_US ? at_us - SLACK_US : 0;
}

static int collect(struct timeline *timeline)
{
	struct databases *databases = databases_create(urls, passwords);
	struct bus_options options;
	int r;

	if (!databases)
		return fault(FAULT_SYSTEM, "out of memory");
	r = bus_options_init(&options, &bus_access);
	if (r == 0) {
		databases_read_rows(databases, timeline);
		topics_read(
			&(struct topics_config){
				.bootstrap = bootstrap,
				.options = options.list,
				.timeout_ms = (int)timeout_ms,
				.since_us = since(&timeline->order_id),
				.messages_max = messages_max,
				.all_partitions = all_partitions,
				.progress = isatty(STDERR_FILENO),
			},
			timeline);
		/* What was answered to an event has ids that an inbox may have, too. */
		databases_read_answers(databases, timeline);
		databases_read_inboxes(databases, timeline);
		if (*logs)
			logs_read(logs, timeline);
		bus_options_finish(&options);
	}
	databases_destroy(databases);
	return r;
}

static int page_width(void)
{
	struct winsize size;

	if (width > 0)
		return width < PAGE_WIDTH_MIN ? PAGE_WIDTH_MIN : (int)width;
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
		size.ws_col > 0)
		return size.ws_col < PAGE_WIDTH_MIN ? PAGE_WIDTH_MIN : size.ws_col;
	return WIDTH_DEFAULT;
}

static bool may_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
}

static int show(const struct timeline *timeline, const struct hops *hops)
{
	const struct page_options options = {page_width(), may_colour()};
	BUFFER_CLEAN struct buffer out;
	int r;

	buffer_init(&out, 0);
	if (strcmp(output, "json") == 0)
		page_write_json(timeline, hops, &out);
	else
		page_write(timeline, hops, &options, &out);
	r = buffer_check(&out, "the page");
	if (r == 0 && (fwrite(out.data, 1, out.size, stdout) != out.size || fflush(stdout) != 0))
		r = fault(FAULT_SYSTEM, "cannot write the page: %m");
	return r;
}

/* "payment, kafka": the sources that are away. */
static const char *names_away(const struct timeline *timeline)
{
	const char *names = "";

	for (size_t i = 0; i < timeline->source_count; i++) {
		if (!timeline->sources[i].there)
			names = arena_format(timeline->arena, "%s%s%s", names, *names ? ", " : "",
				timeline->sources[i].name);
	}
	return names;
}

static int answer(struct timeline *timeline)
{
	size_t away = timeline_sources_away(timeline);
	bool found = timeline->count > 0;
	char id[UUID_TEXT_SIZE];
	struct hops hops;
	int r;

	uuid_format(&timeline->order_id, id);
	if (away == timeline->source_count) {
		fprintf(stderr,
			"timeline: every source is away (%s): is the lab up, and are the addresses "
			"those of ./lab env? The first said: %s\n",
			names_away(timeline), timeline->sources[0].words);
		return EXIT_AWAY;
	}
	if (!found && away == 0) {
		fprintf(stderr,
			"timeline: nobody knows order %s: no database has it and no topic still "
			"holds a message of it\n",
			id);
		return EXIT_NOT_FOUND;
	}
	if (found) {
		weave(timeline);
		hops_find(timeline, &hops);
		missing_find(timeline);
		r = show(timeline, &hops);
		if (r < 0) {
			fprintf(stderr, "timeline: %s\n", fault_text());
			return EXIT_FAILED;
		}
	}
	if (away == 0)
		return 0;
	fprintf(stderr, "timeline: %s without %s; ask again when that is back\n",
		found ? "shown" : "nothing was found,", names_away(timeline));
	return EXIT_PARTLY;
}

int main(int argc, char **argv)
{
	ARENA_CLEAN struct arena *arena = arena_create(0);
	struct timeline timeline;
	struct uuid order;
	int rest;

	log_init("timeline", LOG_ERROR);
	int r = settings_read(&program, argc, argv, &rest);
	if (r == SETTINGS_EXIT)
		return 0;
	if (r == 0)
		r = parse_order(argc, argv, rest, &order);
	if (r == 0) {
		timeline_init(&timeline, arena, &order);
		r = collect(&timeline);
	}
	if (r < 0) {
		fprintf(stderr, "timeline: %s\n", fault_text());
		return r == FAULT_USAGE ? EXIT_USAGE : EXIT_FAILED;
	}
	return answer(&timeline);
}
