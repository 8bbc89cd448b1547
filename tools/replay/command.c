#include "command.h"

#include "groups.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/settings.h>
#include <base/uuid.h>
#include <bus/options.h>
#include <string.h>

#define COUNT_MAX_INITIAL "1000000"

static const char *bootstrap, *group, *export_path, *undo_path, *output;
static struct selection_words words;
static int64_t wait_s, timeout_ms, count_max;
static bool execute, dry_run, force_clamp;

/* clang-format off */
static const struct setting settings[] = {
	{"group", SETTING_TEXT, &group, NULL, .variable = "", .help = "the group that is to read again"},
	{"topic", SETTING_TEXT, &words.topics, "", .variable = "", .help = "topic, or topic:0,2 for some partitions; may be repeated"},
	{"all.topics", SETTING_FLAG, &words.all_topics, "false", .variable = "", .help = "all that the group has committed offsets of"},
	{"to.earliest", SETTING_FLAG, &words.to_earliest, "false", .variable = "", .help = "to the first message that is kept"},
	{"to.latest", SETTING_FLAG, &words.to_latest, "false", .variable = "", .help = "to the end"},
	{"to.current", SETTING_FLAG, &words.to_current, "false", .variable = "", .help = "where it stands; with --export a copy of that"},
	{"to.offset", SETTING_TEXT, &words.to_offset, "", .variable = "", .help = "to this offset in each partition"},
	{"shift.by", SETTING_TEXT, &words.shift_by, "", .variable = "", .help = "so many offsets forward, or back with a minus"},
	{"to.datetime", SETTING_TEXT, &words.to_datetime, "", .variable = "", .help = "to the first message of that time: 2026-01-31T10:00:00[.000][Z|+01:00], UTC if no zone"},
	{"by.duration", SETTING_TEXT, &words.by_duration, "", .variable = "", .help = "to the first message of so long ago: PT15M, P1DT2H, 15m, 2h"},
	{"from.file", SETTING_TEXT, &words.from_file, "", .variable = "", .help = "to the offsets of a CSV file, as --export and kafka-consumer-groups.sh write it"},
	{"to.group", SETTING_TEXT, &words.to_group, "", .variable = "", .help = "to where another group stands"},
	{"force.clamp", SETTING_FLAG, &force_clamp, "false", .variable = "", .help = "the nearest there is, for what is out of range"},
	{"dry.run", SETTING_FLAG, &dry_run, "false", .variable = "", .help = "show the plan only; so it is without --execute"},
	{"execute", SETTING_FLAG, &execute, "false", .variable = "", .help = "do it"},
	{"wait", SETTING_NUMBER, &wait_s, "0", .min = 0, .max = 86400, .variable = "", .help = "seconds to wait until the group has no members"},
	{"export", SETTING_TEXT, &export_path, "", .variable = "", .help = "a new file for the plan, as kafka-consumer-groups.sh --export writes it"},
	{"undo", SETTING_TEXT, &undo_path, "", .variable = "", .help = "a new file for where the group stood; initially replay-GROUP-TIME.csv"},
	{"count.max", SETTING_NUMBER, &count_max, COUNT_MAX_INITIAL, .min = 0, .max = INT64_MAX, .variable = "", .help = "read and count what comes again, up to so many offsets; 0: never"},
	{"output", SETTING_TEXT, &output, "table", .variable = "", .help = "table or json"},
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, "127.0.0.1:18092", .help = "host:port"},
	{"timeout.ms", SETTING_NUMBER, &timeout_ms, "10000", .min = 100, .max = 600000, .variable = "", .help = "for one answer of the broker"},
	{0},
};
/* clang-format on */

static const struct settings_program program = {
	.name = "replay",
	.purpose = "lets a group read again what it has read before",
	.examples =
		"  replay --group payment --topic payment.requests --to-earliest\n"
		"  replay --group order --topic payment.events:0,2 --by-duration PT15M --execute\n"
		"  replay --group analytics --all-topics --to-datetime 2026-01-31T10:00:00+01:00\n"
		"  replay --group payment --from-file replay-payment-20260131T090000Z.csv "
		"--execute\n"
		"  replay order 0192f8c4-0000-7000-8000-000000000000 --group notification\n"
		"\n"
		"  replay order ID: every message of one order again. A group has one place in a\n"
		"  partition, so what stands behind the first of them comes too.\n"
		"\n"
		"Nothing is changed without --execute, and a group that has members never is.\n"
		"Exit code: 0 done, or the dry run is fine, 2 usage, 3 the group is active,\n"
		"4 partly done, 5 broker away.\n",
	.tables = (const struct setting *const[]){settings, bus_settings, NULL},
};

static bool any_selector(void)
{
	return words.to_earliest || words.to_latest || words.to_current || words.all_topics ||
		*words.to_offset || *words.shift_by || *words.to_datetime || *words.by_duration ||
		*words.from_file || *words.to_group;
}

/* The words behind "replay" that are no options: none, or "order ID". */
static int read_order(int count, char **rest, struct arena *arena, struct command *command)
{
	char text[UUID_TEXT_SIZE];
	struct uuid id;

	if (strcmp(rest[0], "order") != 0)
		return fault(FAULT_USAGE,
			"'%s' is neither order nor dlq; replay --help tells the usage", rest[0]);
	if (count != 2)
		return fault(FAULT_USAGE, "replay order wants one order id and --group");
	if (uuid_parse(rest[1], strlen(rest[1]), &id) < 0)
		return fault(FAULT_USAGE,
			"'%s' is not an order id, such as "
			"0192f8c4-0000-7000-8000-000000000000",
			rest[1]);
	if (any_selector())
		return fault(FAULT_USAGE,
			"replay order finds the place itself: only --topic may narrow it");
	command->order = arena_string(arena, uuid_format(&id, text));
	command->selection.selector = SELECT_KEY;
	return selection_parse_topics(words.topics, arena, &command->selection);
}

static int read_usage(int count, char **rest, struct arena *arena, struct command *command)
{
	int r = group_check(group);

	if (r < 0)
		return r;
	if (execute && dry_run)
		return fault(FAULT_USAGE, "--dry-run and --execute: give one of them");
	if (strcmp(output, "table") != 0 && strcmp(output, "json") != 0)
		return fault(FAULT_USAGE, "--output: '%s' is neither table nor json", output);
	if (count > 0)
		return read_order(count, rest, arena, command);
	return selection_parse(&words, clock_now_us(), arena, &command->selection);
}

int command_read(int argc, char **argv, struct arena *arena, struct command *ret_command)
{
	int rest = argc, r;

	memset(ret_command, 0, sizeof(*ret_command));
	argc = selection_join(argc, argv, arena);
	r = settings_read(&program, argc, argv, &rest);
	ret_command->bootstrap = bootstrap;
	if (r == 0)
		r = read_usage(argc - rest, argv + rest, arena, ret_command);
	if (r != 0)
		return r;
	ret_command->group = group;
	ret_command->export_path = *export_path ? export_path : NULL;
	ret_command->undo_path = *undo_path ? undo_path : NULL;
	ret_command->wait_s = wait_s;
	ret_command->timeout_ms = (int)timeout_ms;
	ret_command->count_max = count_max;
	ret_command->execute = execute;
	ret_command->clamp = force_clamp;
	ret_command->json = strcmp(output, "json") == 0;
	return 0;
}
