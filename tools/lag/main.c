/*
 * lag: how far groups are behind, and whether they move. See README.md.
 */
#include "history.h"
#include "names.h"
#include "report.h"
#include "screen.h"
#include "serve.h"
#include "survey.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/settings.h>
#include <bus/options.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WINDOW_S_DEFAULT 10

enum { EXIT_TOO_FAR = 1, EXIT_USAGE = 2, EXIT_AWAY = 5, EXIT_OTHER = 6 };

static const char *bootstrap, *groups_asked, *groups_usual, *topics_asked, *output, *serve_at;
static int64_t lag_max, interval_s, window_s, looks_max, timeout_ms;
static bool watch, only_with_lag;

/* clang-format off */
static const struct setting settings[] = {
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, "127.0.0.1:18092", .help = "a broker, host:port"},
	{"group", SETTING_TEXT, &groups_asked, "", .variable = "", .help = "a group, or several: a,b or given again; none: those of lag.groups"},
	{"lag.groups", SETTING_TEXT, &groups_usual, "order,payment,inventory,notification,analytics,gateway", .help = "the groups without --group"},
	{"topic", SETTING_TEXT, &topics_asked, "", .variable = "", .help = "only these topics: a,b or given again"},
	{"only.with.lag", SETTING_FLAG, &only_with_lag, "false", .variable = "", .help = "leave out partitions without lag"},
	{"max.lag", SETTING_NUMBER, &lag_max, "-1", .min = -1, .max = INT64_MAX, .variable = "", .help = "exit 1 when a partition's lag is above; -1: whatever it is"},
	{"watch", SETTING_FLAG, &watch, "false", .variable = "", .help = "look again and again, with rates, until interrupted"},
	{"serve", SETTING_TEXT, &serve_at, "", .variable = "", .help = "answer Prometheus at [host]:port, as kafka_exporter does; without host: 127.0.0.1"},
	{"interval", SETTING_NUMBER, &interval_s, "1", .min = 1, .max = 3600, .variable = "", .help = "seconds between two looks"},
	{"window", SETTING_NUMBER, &window_s, "0", .min = 0, .max = 86400, .variable = "", .help = "seconds that a status is judged by; 0: one look, or 10 with --watch and --serve"},
	{"looks", SETTING_NUMBER, &looks_max, "0", .min = 0, .max = INT32_MAX, .variable = "", .help = "with --watch: end after so many; 0: never"},
	{"timeout.ms", SETTING_NUMBER, &timeout_ms, "5000", .min = 100, .max = 600000, .variable = "", .help = "for one question to the broker"},
	{"output", SETTING_TEXT, &output, "table", .variable = "", .help = "table, or json: one object a look, one line each"},
	{0},
};
/* clang-format on */

static const struct settings_program program = {
	.name = "lag",
	.purpose = "shows how far consumer groups are behind, and whether they move",
	.examples = "  lag\n"
		    "  lag --group order,payment --only-with-lag\n"
		    "  lag --watch\n"
		    "  lag --window 10 --max-lag 1000 --output json | jq .groups\n"
		    "  lag --serve :9308\n"
		    "\n"
		    "LAG-SECONDS is the age of the first unread message. STATUS: OK; WARN it "
		    "moves, but lag\n"
		    "does not shrink; STALL somebody has the partition and does not move; STOP "
		    "nobody has it\n"
		    "and messages wait; REWIND it went back; - what was seen does not tell (see "
		    "--window).\n"
		    "Exit code: 0 done, 1 --max-lag exceeded, 2 usage or a group or topic that is "
		    "not there,\n"
		    "5 broker away or refuses, 6 anything else.\n",
	.tables = (const struct setting *const[]){settings, bus_settings, NULL},
};

/* All that a run has; zeroed at first, so that run_finish() takes it at any point. */
struct run {
	struct names groups, topics;
	struct bus_options options;
	struct survey *survey;
	struct report_options report;
	sigset_t ends;
};

static void run_finish(struct run *run)
{
	survey_destroy(run->survey);
	bus_options_finish(&run->options);
	names_finish(&run->groups);
	names_finish(&run->topics);
}

static int check_settings(void)
{
	bool again = watch || *serve_at;

	if (strcmp(output, "table") != 0 && strcmp(output, "json") != 0)
		return fault(FAULT_USAGE, "--output: '%s' is neither table nor json", output);
	if (watch && *serve_at)
		return fault(FAULT_USAGE, "--watch and --serve: give one of them");
	if (*serve_at && strchr(serve_at, ':') == NULL)
		return fault(FAULT_USAGE, "--serve: '%s' is not [host]:port", serve_at);
	if (*serve_at && lag_max >= 0)
		return fault(
			FAULT_USAGE, "--max-lag: --serve never ends, it has no exit code to set");
	if (again && window_s == 0)
		window_s = WINDOW_S_DEFAULT > interval_s ? WINDOW_S_DEFAULT : interval_s;
	if (window_s > 0 && window_s < interval_s)
		return fault(FAULT_USAGE, "--window: shorter than --interval");
	if (window_s / interval_s >= HISTORY_SAMPLES_MAX - 1)
		return fault(FAULT_USAGE, "--window: more than %d looks; give a longer --interval",
			HISTORY_SAMPLES_MAX - 1);
	return 0;
}

/* https://no-color.org: present and not empty. */
static bool may_colour(void)
{
	const char *refused = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (refused == NULL || *refused == '\0');
}

static int run_prepare(struct run *run)
{
	int r = check_settings();

	if (r == 0)
		r = names_parse(
			"--group", *groups_asked ? groups_asked : groups_usual, &run->groups);
	if (r == 0)
		r = names_parse("--topic", topics_asked, &run->topics);
	if (r == 0 && run->groups.list[0] == NULL)
		r = fault(FAULT_USAGE, "--group: no group is named");
	if (r == 0)
		r = bus_options_init(&run->options, &bus_access);
	if (r < 0)
		return r;
	run->report = (struct report_options){
		.colour = may_colour(),
		.rates = watch,
		.only_with_lag = only_with_lag,
	};
	return survey_create(
		&(struct survey_config){
			.bootstrap = bootstrap,
			.options = run->options.list,
			.groups = run->groups.list,
			.topics = run->topics.list[0] ? run->topics.list : NULL,
			.timeout_ms = (int)timeout_ms,
			.window_us = window_s * US_PER_S,
		},
		&run->survey);
}

/* A name that was given and that nobody knows is more likely mistyped than idle. */
static int check_groups(const struct look *look)
{
	for (size_t i = 0; *groups_asked && i < look->group_count; i++) {
		if (look_group_is_unknown(&look->groups[i]))
			return fault(FAULT_USAGE,
				"--group: the cluster knows no group '%s' (no members, no commits)",
				look->groups[i].name);
	}
	return 0;
}

static int screen_rows(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1 ? size.ws_row : 24;
}

/* @over: put over what is on the screen. */
static int show(struct run *run, const struct look *look, bool over)
{
	BUFFER_CLEAN struct buffer text, page;
	const struct buffer *out = &text;

	buffer_init(&text, 0);
	buffer_init(&page, 0);
	if (strcmp(output, "json") == 0)
		report_json(look, &run->report, &text);
	else
		report_table(look, &run->report, survey_arena(run->survey), &text);
	if (over) {
		screen_write(text.data, screen_rows(), &page);
		out = &page;
	}
	int r = buffer_check(out, "the report");
	if (r == 0 && (fwrite(out->data, 1, out->size, stdout) != out->size || fflush(stdout) != 0))
		r = fault(FAULT_SYSTEM, "cannot write the report: %m");
	return r;
}

static void show_progress(int64_t left_us)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rlooking for %" PRId64 " more seconds \033[K",
			(left_us + US_PER_S - 1) / US_PER_S);
}

/* One look, or as many as the window wants; the last is shown. */
static int run_once(struct run *run, const struct look **ret_look)
{
	int64_t until_us = 0;
	int r = survey_look(run->survey, ret_look);

	if (r == 0)
		r = check_groups(*ret_look);
	until_us = clock_monotonic_us() + window_s * US_PER_S;
	while (r == 0 && clock_monotonic_us() < until_us) {
		show_progress(until_us - clock_monotonic_us());
		if (serve_pause(&run->ends, interval_s * US_PER_S))
			break;
		r = survey_look(run->survey, ret_look);
	}
	if (window_s > 0 && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return r == 0 ? show(run, *ret_look, false) : r;
}

static int run_watch(struct run *run, const struct look **ret_look)
{
	bool over = isatty(STDOUT_FILENO) && strcmp(output, "table") == 0;

	if (over)
		fputs("\033[2J", stdout);
	for (int64_t looks = 1;; looks++) {
		int r = survey_look(run->survey, ret_look);

		if (r == 0 && looks == 1)
			r = check_groups(*ret_look);
		if (r == 0)
			r = show(run, *ret_look, over);
		if (r < 0 || looks == looks_max || serve_pause(&run->ends, interval_s * US_PER_S))
			return r;
		if (!over && strcmp(output, "table") == 0)
			fputc('\n', stdout);
	}
}

/* Signals are taken between two looks; one look alone ends at once. */
static void block_ends(sigset_t *ends)
{
	sigemptyset(ends);
	sigaddset(ends, SIGINT);
	sigaddset(ends, SIGTERM);
	if (watch || *serve_at || window_s > 0)
		pthread_sigmask(SIG_BLOCK, ends, NULL);
}

static int run_all(struct run *run, const struct look **ret_look)
{
	int r = run_prepare(run);

	if (r < 0)
		return r;
	if (*serve_at)
		return serve_run(
			&(struct serve_config){
				.listen = serve_at,
				.interval_us = interval_s * US_PER_S,
				.ends = &run->ends,
			},
			run->survey);
	return watch ? run_watch(run, ret_look) : run_once(run, ret_look);
}

static int exit_code(int result)
{
	if (result == FAULT_BUS) {
		fprintf(stderr, "lag: %s; is a broker at %s?\n", fault_text(), bootstrap);
		return EXIT_AWAY;
	}
	fprintf(stderr, "lag: %s\n", fault_text());
	if (result == FAULT_BUS_CONFIG)
		return EXIT_AWAY;
	return result == FAULT_USAGE ? EXIT_USAGE : EXIT_OTHER;
}

static int exit_by_lag(const struct look *look)
{
	const struct place *worst;
	size_t count;

	if (look == NULL || lag_max < 0)
		return 0;
	worst = report_worst(look, lag_max, &count);
	if (worst == NULL)
		return 0;
	fprintf(stderr,
		"lag: %zu partition%s behind by more than %" PRId64
		", the most %s %s/%d by %" PRId64 "\n",
		count, count == 1 ? " is" : "s are", lag_max, worst->group, worst->topic,
		(int)worst->partition, worst->lag);
	return EXIT_TOO_FAR;
}

static int work(void)
{
	const struct look *look = NULL;
	struct run run = {0};
	int r, code;

	block_ends(&run.ends);
	r = run_all(&run, &look);
	code = r < 0 ? exit_code(r) : exit_by_lag(look);
	run_finish(&run);
	return code;
}

int main(int argc, char **argv)
{
	static const char *const lists[] = {"--group", "--topic", NULL};
	struct arena *words = arena_create(0);
	int r, code = 0;

	log_init("lag", LOG_ERROR);
	argc = names_join(words, lists, argc, argv);
	r = settings_read(&program, argc, argv, NULL);
	if (r < 0)
		code = exit_code(r);
	else if (r != SETTINGS_EXIT)
		code = work();
	arena_destroy(words);
	return code;
}
