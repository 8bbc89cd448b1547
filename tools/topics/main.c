/*
 * topics: makes the topics of a declaration file, or says what is different.
 */
#include <base/fault.h>
#include <base/log.h>
#include <base/settings.h>
#include <bus/options.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "declaration.h"

#define TIMEOUT_MS 15000

enum exit_code { EXIT_USAGE = 2, EXIT_DIFFERS = 3, EXIT_AWAY = 5 };

static const char *bootstrap, *file;
static int64_t replicas;
static bool look_only;

static const struct setting SETTINGS[] = {
	{"file", SETTING_TEXT, &file, "deploy/kafka/topics.conf", .help = "the declaration"},
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, "127.0.0.1:9092", .help = "host:port"},
	{"replicas", SETTING_NUMBER, &replicas, "1", 1, 9, "of a topic that is made now"},
	{"look", SETTING_FLAG, &look_only, "false", .help = "make nothing, only compare"},
	{0},
};

static const struct settings_program PROGRAM = {
	.name = "topics",
	.purpose = "Makes the topics that are declared and missing; never alters one.",
	.examples =
		"  topics --file deploy/kafka/topics.conf\n"
		"  topics --file deploy/kafka/topics.conf --look\n"
		"\n"
		"Exit codes: 0 as declared, 2 usage, 3 something differs or (--look) is missing,\n"
		"5 Kafka is away or refuses.\n",
	.tables = (const struct setting *const[]){SETTINGS, bus_settings, NULL},
};

static const char *state_name(enum bus_topic_state state)
{
	switch (state) {
	case BUS_TOPIC_MISSING:
		return "missing";
	case BUS_TOPIC_PRESENT:
		return "present";
	case BUS_TOPIC_CREATED:
		return "created";
	case BUS_TOPIC_DIFFERS:
		return "differs";
	}
	return "?";
}

static void print_row(
	const struct declaration *declaration, size_t at, const struct bus_topic_report *report)
{
	printf("%-24s %10d  %-10s %s", declaration->names[at], declaration->topics[at].partitions,
		declaration->owners[at], state_name(report->state));
	if (report->state == BUS_TOPIC_DIFFERS)
		printf(": has %d partitions", report->partitions);
	putchar('\n');
}

static int print_table(
	const struct declaration *declaration, const struct bus_topic_report *reports)
{
	int result = 0;

	printf("%-24s %10s  %-10s %s\n", "TOPIC", "PARTITIONS", "OWNER", "STATE");
	for (size_t i = 0; i < declaration->count; i++) {
		print_row(declaration, i, &reports[i]);
		if (reports[i].state == BUS_TOPIC_DIFFERS || reports[i].state == BUS_TOPIC_MISSING)
			result = EXIT_DIFFERS;
	}
	if (result == EXIT_DIFFERS && !look_only)
		fputs("topics: a topic with another number of partitions is left as it is: its "
		      "keys would move. Make a new topic, or delete this one by hand.\n",
			stderr);
	return result;
}

static int compare(const struct declaration *declaration, const struct bus_options *options)
{
	struct bus_topic_report reports[BUS_TOPICS_DECLARED_MAX];
	int r;

	if (look_only)
		r = bus_topics_inspect(
			bootstrap, options->list, declaration->topics, TIMEOUT_MS, reports);
	else
		r = bus_topics_create(
			bootstrap, options->list, declaration->topics, TIMEOUT_MS, reports);
	return r < 0 ? r : print_table(declaration, reports);
}

static int run(void)
{
	static struct declaration declaration;
	struct bus_options options;
	int r = declaration_read(file, (int)replicas, &declaration);

	if (r == 0)
		r = bus_options_init(&options, &bus_access);
	if (r < 0)
		return r;
	r = compare(&declaration, &options);
	bus_options_finish(&options);
	return r;
}

int main(int argc, char **argv)
{
	int r = settings_read(&PROGRAM, argc, argv, NULL);

	if (r == SETTINGS_EXIT)
		return 0;
	log_init("topics", LOG_ERROR);
	if (r == 0)
		r = run();
	if (r >= 0)
		return r;
	fprintf(stderr, "topics: %s\n", fault_text());
	return r == FAULT_BUS || r == FAULT_BUS_CONFIG || r == FAULT_STATE ? EXIT_AWAY : EXIT_USAGE;
}
