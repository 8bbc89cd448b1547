#include "dlq.h"

#include "dlq_redrive.h"
#include "dlq_report.h"
#include "replay_sql.h"

#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/settings.h>
#include <bus/options.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/message.h>
#include <string.h>
#include <unistd.h>

#define CLUSTER_TIMEOUT_MS 10000
#define CONNECT_TIMEOUT_MS 5000
/* Longer than the Kafka transaction within may last. */
#define STATEMENT_TIMEOUT_MS 20000
#define PLANS_MAX 5
#define NAME_SIZE 160
#define WAIT_MS 100

enum { EXIT_USAGE = 2, EXIT_REFUSED = 3, EXIT_PARTLY = 4, EXIT_AWAY = 5 };

static const char *group, *since, *key, *reason, *rate, *output, *bootstrap, *database_url,
	*database_password;
static int64_t max;
static bool execute, dry_run, discard;

/* clang-format off */
static const struct setting settings[] = {
	{"group", SETTING_TEXT, &group, NULL, .variable = "", .help = "whose dead letters: those in dlq.<group>"},
	{"since", SETTING_TEXT, &since, "", .variable = "", .help = "dead for no longer than: 15m, PT15M, 1d; or since a time: 2026-01-31T10:00:00Z"},
	{"key", SETTING_TEXT, &key, "", .variable = "", .help = "of this key (order id) only"},
	{"reason", SETTING_TEXT, &reason, "", .variable = "", .help = "of this class only (refused, database, unreadable, …), or with this text in the reason"},
	{"max", SETTING_NUMBER, &max, "0", .min = 0, .max = 1000000, .variable = "", .help = "dead letters at most, the oldest first; 0: all"},
	{"rate", SETTING_TEXT, &rate, "", .variable = "", .help = "dead letters a second at most, 5 or 5/s; none: as fast as it goes"},
	{"discard", SETTING_FLAG, &discard, "false", .variable = "", .help = "give the dead letters up: release what waits behind them, without them"},
	{"dry-run", SETTING_FLAG, &dry_run, "false", .variable = "", .help = "change nothing (so it is without --execute)"},
	{"execute", SETTING_FLAG, &execute, "false", .variable = "", .help = "do it"},
	{"output", SETTING_TEXT, &output, "table", .variable = "", .help = "table or json"},
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, "127.0.0.1:18092", .help = "host:port"},
	{0},
};
/* clang-format on */

static const struct settings_program program = {
	.name = "replay dlq",
	.purpose = "puts dead letters back where they came from, each with what waits behind it, "
		   "in the order of their keys, once, audited",
	.examples = "  replay dlq --group payment\n"
		    "  replay dlq --group payment --reason database --max 10 --execute\n"
		    "  replay dlq --group order --key ORDER_ID --discard --execute\n"
		    "\n"
		    "The group's database is <GROUP>_DATABASE_URL, with its password in "
		    "<GROUP>_PASSWORD or\n"
		    "<GROUP>_PASSWORD_FILE; ./lab env prints them, ./lab replay sets them.\n"
		    "Exit code: 0 done, or nothing to do, or a dry run · 2 usage · 3 refused: "
		    "none of what was\n"
		    "chosen can go · 4 done in part · 5 broker or database away.\n",
	.tables = (const struct setting *const[]){settings, bus_settings, NULL},
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* All that a run has; zeroed at first, so that run_finish() takes it at any point. */
struct run {
	struct dlq_desk desk;
	struct bus_options options;
	struct store_config store;
	struct redrive *redrive;
	int64_t per_s;
	char letters[NAME_SIZE], place[NAME_SIZE], by[NAME_SIZE];
	/* Entries of earlier plans of this run that are finished. */
	struct dlq_plan_entry *finished;
	size_t finished_count;
};

static void run_finish(struct run *run)
{
	redrive_destroy(run->redrive);
	store_destroy(run->desk.store);
	bus_cluster_destroy(run->desk.cluster);
	bus_options_finish(&run->options);
	arena_destroy(run->desk.arena);
}

/* ---- from the command line to a plan ---- */

/* "payment" and "_PASSWORD" are "PAYMENT_PASSWORD". */
static const char *variable_of(struct arena *arena, const char *end)
{
	char *name = arena_format(arena, "%s%s", group, end);

	for (char *at = name; *at; at++)
		*at = isalnum((unsigned char)*at) ? (char)toupper((unsigned char)*at) : '_';
	return name;
}

static int read_database(struct arena *arena)
{
	const char *url_variable = variable_of(arena, "_DATABASE_URL");
	const struct setting table[] = {
		{"database.url", SETTING_TEXT, &database_url, "", .variable = url_variable},
		{"database.password", SETTING_SECRET, &database_password, "",
			.variable = variable_of(arena, "_PASSWORD")},
		{0},
	};
	const struct settings_program surroundings = {
		.name = program.name,
		.tables = (const struct setting *const[]){table, NULL},
	};
	char name[] = "replay dlq";
	int r = settings_read(&surroundings, 1, (char *[]){name, NULL}, NULL);

	if (r == 0 && !*database_url)
		return fault(FAULT_USAGE,
			"%s is not set: it names the database where the keys of group %s wait, if "
			"there is such a group",
			url_variable, group);
	return r;
}

static int read_choice(struct run *run)
{
	struct dlq_plan_choice *choice = &run->desk.choice;
	int r = filter_parse_since(since, clock_now_us(), &choice->filter.since_ms);

	if (r == 0)
		r = filter_parse_rate(rate, &run->per_s);
	if (r < 0)
		return r;
	if (execute && dry_run)
		return fault(FAULT_USAGE, "--execute and --dry-run: give one of them");
	if (strcmp(output, "table") != 0 && strcmp(output, "json") != 0)
		return fault(FAULT_USAGE, "--output: '%s' is neither table nor json", output);
	if (!*group || strlen(group) > NAME_SIZE / 2)
		return fault(FAULT_USAGE, "--group: '%s' is no group's name", group);
	choice->filter.key = key;
	choice->filter.reason = reason;
	choice->max = max;
	choice->discard = discard;
	return 0;
}

static void name_operator(struct run *run)
{
	char host[NAME_SIZE / 2] = "";
	const char *user = getenv("USER");

	(void)gethostname(host, sizeof(host) - 1);
	if (user && *user)
		snprintf(run->by, sizeof(run->by), "%.60s@%s", user, host);
	else
		snprintf(run->by, sizeof(run->by), "uid %u@%s", (unsigned)getuid(), host);
}

static int run_prepare(struct run *run)
{
	static const char *const scripts[] = {store_sql_message, replay_sql_dlq, NULL};
	struct dlq_desk *desk = &run->desk;
	int r = read_choice(run);

	desk->arena = arena_create(0);
	if (r == 0)
		r = read_database(desk->arena);
	if (r == 0)
		r = bus_options_init(&run->options, &bus_access);
	if (r < 0)
		return r;
	snprintf(run->letters, sizeof(run->letters), "dlq.%s", group);
	snprintf(run->place, sizeof(run->place), "replay.dlq.%s", group);
	name_operator(run);
	desk->group = group;
	desk->letters = run->letters;
	desk->place = run->place;
	desk->bootstrap = bootstrap;
	desk->options = run->options.list;
	desk->progress = isatty(STDERR_FILENO) && strcmp(output, "table") == 0;
	run->store = (struct store_config){
		.url = database_url,
		.password = *database_password ? database_password : NULL,
		.application = "replay dlq",
		.scripts = scripts,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.statement_timeout_ms = STATEMENT_TIMEOUT_MS,
	};
	desk->store = store_create(&run->store);
	r = bus_cluster_create(&(struct bus_cluster_config){.bootstrap = bootstrap,
				       .client_id = "replay-dlq",
				       .options = desk->options,
				       .timeout_ms = CLUSTER_TIMEOUT_MS},
		&desk->cluster);
	return r < 0 ? r : dlq_collect(desk);
}

/* ---- doing it ---- */

/* Waits for the next one's turn at --rate. */
static int keep_rate(struct run *run, int64_t started_us, size_t done)
{
	int64_t due_us, left_ms;
	int r = 0;

	if (run->per_s == 0)
		return 0;
	due_us = started_us + (int64_t)done * US_PER_S / run->per_s;
	while (r == 0 && !interrupted &&
		(left_ms = (due_us - clock_monotonic_us()) / US_PER_MS) > 0)
		r = redrive_wait(run->redrive, left_ms < WAIT_MS ? (int)left_ms : WAIT_MS);
	return r;
}

/* Through the plan, until it is done with or a step of it has an unclear end. */
static int work_off(struct run *run)
{
	const struct dlq_plan *plan = run->desk.plan;
	int64_t started_us = clock_monotonic_us();
	size_t of = dlq_plan_due(plan);
	int r = 0;

	for (size_t done = 0; r == 0 && !interrupted; done++) {
		r = keep_rate(run, started_us, done);
		if (r == 0 && !interrupted)
			r = redrive_next(run->redrive);
		if (run->desk.progress)
			fprintf(stderr, "\r%zu of %zu \033[K", done, of);
	}
	if (run->desk.progress)
		fputs("\r\033[K", stderr);
	return r;
}

/* The next plan knows nothing of what this one has finished. */
static void keep_finished(struct run *run)
{
	const struct dlq_plan *plan = run->desk.plan;
	struct dlq_plan_entry *all =
		arena_array(run->desk.arena, run->finished_count + plan->count + 1, sizeof(*all));
	size_t count = 0;

	for (size_t i = 0; i < run->finished_count; i++)
		all[count++] = run->finished[i];
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->entries[i].state == LETTER_FINISHED)
			all[count++] = plan->entries[i];
	}
	if (run->desk.choice.max > 0)
		run->desk.choice.max -= (int64_t)(count - run->finished_count);
	run->finished = all;
	run->finished_count = count;
}

/* Behind what earlier plans of this run have finished: one list for the report. */
static void join_finished(struct run *run)
{
	struct dlq_plan *plan = run->desk.plan;
	size_t count = run->finished_count + plan->count;
	struct dlq_plan_entry *all = arena_array(run->desk.arena, count + 1, sizeof(*all));

	for (size_t i = 0; i < count; i++)
		all[i] = i < run->finished_count ? run->finished[i]
						 : plan->entries[i - run->finished_count];
	plan->entries = all;
	plan->count = count;
	run->finished_count = 0;
}

/* Where all is settled below: for the next run, and for those who watch the lag. */
static int commit_place(struct run *run)
{
	struct dlq_desk *desk = &run->desk;

	return bus_cluster_commit(desk->cluster, desk->place,
		dlq_place_positions(
			desk->plan, desk->places, desk->place_count, desk->letters, desk->arena),
		desk->place_count);
}

static int run_execute(struct run *run)
{
	struct dlq_desk *desk = &run->desk;
	int r = redrive_create(desk, run->by, &run->redrive);

	/* From here on nobody else redrives the group: what was read before may be old. */
	for (int plans = 0; r == 0 && plans < PLANS_MAX; plans++) {
		r = dlq_collect(desk);
		if (r == 0)
			r = work_off(run);
		if (r != REDRIVE_AGAIN)
			break;
		keep_finished(run);
		/* All that --max allows is done. */
		r = max > 0 && desk->choice.max == 0 ? REDRIVE_DONE : 0;
	}
	if (r == REDRIVE_DONE)
		r = commit_place(run);
	else if (r == 0 && !interrupted)
		r = fault(FAULT_BUS, "Kafka's transactions ended unclear %d times: run it again",
			PLANS_MAX);
	return r;
}

/* ---- the answer ---- */

static int run_report(struct run *run, const char *trouble)
{
	const struct dlq_report report = {run->desk.plan, execute, trouble};
	BUFFER_CLEAN struct buffer out;
	int r;

	join_finished(run);
	buffer_init(&out, 0);
	if (strcmp(output, "json") == 0)
		dlq_report_json(&report, run->desk.arena, &out);
	else
		dlq_report_table(&report, run->desk.arena, &out);
	r = buffer_check(&out, "the report");
	if (r == 0 && (fwrite(out.data, 1, out.size, stdout) != out.size || fflush(stdout) != 0))
		r = fault(FAULT_SYSTEM, "cannot write the report: %m");
	return r;
}

static int code_of_fault(const struct run *run, int result)
{
	const struct dlq_plan *plan = run->desk.plan;

	if (result == FAULT_USAGE)
		return EXIT_USAGE;
	if (plan && dlq_plan_count(plan, LETTER_FINISHED) > 0)
		return EXIT_PARTLY;
	return result == FAULT_STATE || result == FAULT_LIMIT ? EXIT_REFUSED : EXIT_AWAY;
}

static int code_of_plan(const struct dlq_plan *plan)
{
	size_t finished = dlq_plan_count(plan, LETTER_FINISHED);
	size_t left = dlq_plan_due(plan) + dlq_plan_cannot(plan);

	if (!execute || left == 0)
		return 0;
	return finished > 0 ? EXIT_PARTLY : EXIT_REFUSED;
}

static int run_all(struct run *run)
{
	char words[512] = "";
	int reported = 0, r = run_prepare(run);

	if (r == 0 && execute && dlq_plan_due(run->desk.plan) > 0)
		r = run_execute(run);
	if (r < 0)
		snprintf(words, sizeof(words), "%s", fault_text());
	/* A fault before the plan leaves nothing to tell but itself. */
	if (run->desk.plan && (r == 0 || execute))
		reported = run_report(run, r < 0 ? words : NULL);
	if (r == 0 && reported < 0) {
		r = reported;
		snprintf(words, sizeof(words), "%s", fault_text());
	}
	if (r < 0) {
		fprintf(stderr, "replay dlq: %s\n", words);
		return code_of_fault(run, r);
	}
	if (interrupted)
		fputs("replay dlq: interrupted between two dead letters: run it again for the "
		      "rest\n",
			stderr);
	return code_of_plan(run->desk.plan);
}

int dlq_main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct run run = {0};
	int r = settings_read(&program, argc, argv, NULL);

	if (r == SETTINGS_EXIT)
		return 0;
	if (r < 0) {
		fprintf(stderr, "replay dlq: %s\n", fault_text());
		return EXIT_USAGE;
	}
	crash_init();
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	r = run_all(&run);
	run_finish(&run);
	return r;
}
