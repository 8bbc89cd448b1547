/*
 * ordering: the order of a key, and each way to lose it. See README.md.
 */
#include "member.h"
#include "report.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/settings.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RESULTS_MAX 16
#define WIDTH_DEFAULT 100
#define WIDTH_MAX 160

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_AWAY = 5 };

static const char *bootstrap, *output;
static int64_t keys, messages, seed;

/* clang-format off */
static const struct setting settings[] = {
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, "127.0.0.1:18092", .help = "the broker, host:port"},
	{"keys", SETTING_NUMBER, &keys, "9", .min = PLAN_KEYS_MIN, .max = PLAN_KEYS_MAX, .variable = "", .help = "different keys, a letter each"},
	{"messages", SETTING_NUMBER, &messages, "20", .min = PLAN_MESSAGES_MIN, .max = PLAN_MESSAGES_MAX, .variable = "", .help = "messages of each key"},
	{"seed", SETTING_NUMBER, &seed, "1", .min = 0, .max = INT64_MAX, .variable = "", .help = "the same seed sends the same keys in the same order"},
	{"output", SETTING_TEXT, &output, "table", .variable = "", .help = "table or json"},
	{0},
};
/* clang-format on */

static const struct settings_program program = {
	.name = "ordering",
	.purpose =
		"shows that Kafka keeps the order of a key, and loses it on purpose, one cause at "
		"a time",
	.examples =
		"  ordering                      all cases, on topics of their own\n"
		"  ordering list                 their names\n"
		"  ordering run no-key zombie    some of them\n"
		"  ordering run --output json --keys 26 --messages 100 --seed 7\n"
		"\n"
		"Each case that breaks is played twice: broken, and with the one thing changed\n"
		"that keeps the order. A checker counts both. Topics ordering.RUN.… are made\n"
		"and deleted; nothing else is changed.\n"
		"\n"
		"Exit code: 0 all as predicted, 1 order was lost where it must hold, or a case\n"
		"failed, 2 usage, 3 a break did not show or there was nothing to see,\n"
		"5 broker away or refuses.\n",
	.tables = (const struct setting *const[]){settings, bus_settings, NULL},
};

/* What is asked for. */
struct order {
	const struct lab_case *cases[RESULTS_MAX];
	size_t count;
	bool list, json;
};

static void interrupted(int signal)
{
	(void)signal;
	stage_interrupted = 1;
}

static int choose_case(struct order *order, const char *name)
{
	const struct lab_case *found = case_find(name);

	if (found == NULL)
		return fault(FAULT_USAGE, "there is no case '%s': see ordering list", name);
	for (size_t i = 0; i < order->count; i++) {
		if (order->cases[i] == found)
			return fault(FAULT_USAGE, "case '%s' is named twice", name);
	}
	order->cases[order->count++] = found;
	return 0;
}

static bool is_wire_hidden(void)
{
	return *bus_access.user || *bus_access.certificate || *bus_access.ca ||
		strstr(bus_access.options, "ssl") != NULL;
}

/* All that can be played here. */
static void choose_all(struct order *order)
{
	for (size_t i = 0; i < CASE_COUNT; i++) {
		if (!order->list && CASES[i].reads_wire && is_wire_hidden())
			fprintf(stderr,
				"ordering: %s is left out: it looks at what a client sends, which "
				"TLS hides\n",
				CASES[i].name);
		else
			order->cases[order->count++] = &CASES[i];
	}
}

static int read_order(char **words, int count, struct order *order)
{
	bool run = count == 0 || strcmp(words[0], "run") == 0;
	int r = 0;

	order->json = strcmp(output, "json") == 0;
	order->list = count > 0 && strcmp(words[0], "list") == 0;
	if (!order->json && strcmp(output, "table") != 0)
		return fault(FAULT_USAGE, "--output: '%s' is neither table nor json", output);
	if (!run && !order->list)
		return fault(FAULT_USAGE, "'%s' is neither list nor run", words[0]);
	if (order->list && count > 1)
		return fault(FAULT_USAGE, "list takes no arguments");
	for (int i = 1; r == 0 && i < count; i++)
		r = choose_case(order, words[i]);
	if (r == 0 && count <= 1)
		choose_all(order);
	return r;
}

static struct lanes_style style_of_terminal(void)
{
	struct lanes_style style = {.width = WIDTH_DEFAULT};
	const char *no_color = getenv("NO_COLOR");
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return style;
	style.colors = no_color == NULL || *no_color == '\0';
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= LANES_WIDTH_MIN)
		style.width = size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
	return style;
}

/* Out at once: a case takes seconds, and the next has not begun. */
static int print(struct buffer *out)
{
	int r = buffer_check(out, "the report");

	if (r == 0 && (fwrite(out->data, 1, out->size, stdout) != out->size || fflush(stdout) != 0))
		r = fault(FAULT_SYSTEM, "cannot write the report: %m");
	buffer_reset(out);
	return r;
}

static void show_progress(const struct lab_case *subject, enum variant variant)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%s: being played %s …\033[K", subject->name,
			variant == VARIANT_BROKEN ? "broken" : "to hold");
}

static void hide_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static int play(struct stage *stage, const struct lab_case *subject, enum variant variant,
	struct counts *ret_counts, struct buffer *out)
{
	struct scene scene = {.rule = {stage->plan.keys, stage->plan.messages}};
	struct lanes_style style = style_of_terminal();
	int r;

	history_init(&scene.history);
	stage->scene = arena_format(stage->arena, "%s.%s", subject->name,
		variant == VARIANT_BROKEN ? "broken" : "kept");
	show_progress(subject, variant);
	r = subject->run(stage, variant, &scene);
	if (r == 0)
		r = checker_judge(&scene.history, &scene.rule, ret_counts);
	hide_progress();
	if (r == 0)
		report_variant(subject, variant, &scene.history, ret_counts, &style, out);
	history_finish(&scene.history);
	return r;
}

static int play_case(struct stage *stage, bool json, struct result *result)
{
	BUFFER_CLEAN struct buffer out;
	int64_t begin_us = clock_monotonic_us();
	int r = 0;

	buffer_init(&out, 0);
	report_head(result->subject, &out);
	if (result->subject->broken)
		r = play(stage, result->subject, VARIANT_BROKEN, &result->broken, &out);
	if (r == 0)
		r = play(stage, result->subject, VARIANT_KEPT, &result->kept, &out);
	if (r < 0)
		return r;
	result->took_us = clock_monotonic_us() - begin_us;
	result->verdict = verdict_of(result->subject, &result->broken, &result->kept);
	report_tail(result, &out);
	return json ? 0 : print(&out);
}

static int report_all(
	const struct order *order, const struct result *results, const struct plan *plan)
{
	BUFFER_CLEAN struct buffer out;

	buffer_init(&out, 0);
	if (order->json)
		report_json(results, order->count, plan, (uint64_t)seed, &out);
	else if (order->count > 1)
		report_summary(results, order->count, &out);
	return print(&out);
}

static int print_legend(void)
{
	BUFFER_CLEAN struct buffer out;

	buffer_init(&out, 0);
	lanes_legend(&out);
	return print(&out);
}

/* The exit code, or a fault. */
static int run_cases(const struct order *order)
{
	static struct stage stage;
	struct result results[RESULTS_MAX] = {0};
	int r, closed;

	plan_make(&stage.plan, (int)keys, (int)messages, (uint64_t)seed);
	r = stage_open(&stage, bootstrap);
	if (r == 0 && !order->json)
		r = print_legend();
	for (size_t i = 0; r == 0 && i < order->count; i++) {
		results[i].subject = order->cases[i];
		r = play_case(&stage, order->json, &results[i]);
	}
	if (r == 0)
		r = report_all(order, results, &stage.plan);
	/* The first fault's words are the ones to tell. */
	if (r < 0) {
		fprintf(stderr, "ordering: %s\n", fault_text());
		if (stage_close(&stage) < 0)
			fprintf(stderr, "ordering: topics ordering.%s.… may be left: %s\n",
				stage.run, fault_text());
		return r;
	}
	closed = stage_close(&stage);
	if (closed < 0)
		fprintf(stderr, "ordering: %s\n", fault_text());
	return closed < 0 ? closed : report_exit_code(results, order->count);
}

static int list_cases(bool json)
{
	BUFFER_CLEAN struct buffer out;
	int r;

	buffer_init(&out, 0);
	if (json)
		report_list_json(&out);
	else
		report_list(&out);
	r = print(&out);
	if (r < 0)
		fprintf(stderr, "ordering: %s\n", fault_text());
	return r;
}

static int exit_code(int result)
{
	if (result >= 0)
		return result;
	if (result == FAULT_USAGE)
		return EXIT_USAGE;
	return result == FAULT_BUS || result == FAULT_BUS_CONFIG ? EXIT_AWAY : EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = interrupted};
	struct order order = {0};
	int rest, r;

	log_init("ordering", LOG_ERROR);
	if (argc == 2 + MEMBER_ARGUMENTS && strcmp(argv[1], "member") == 0)
		return member_main(argv + 2);
	r = settings_read(&program, argc, argv, &rest);
	if (r == SETTINGS_EXIT)
		return 0;
	if (r == 0)
		r = read_order(argv + rest, argc - rest, &order);
	if (r < 0) {
		fprintf(stderr, "ordering: %s\n", fault_text());
		return exit_code(r);
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return exit_code(order.list ? list_cases(order.json) : run_cases(&order));
}
