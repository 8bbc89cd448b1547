/*
 * verify: the invariants over the real databases and topics. See README.md.
 */
#include "answers.h"
#include "quiet.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/settings.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_VIOLATED = 1, EXIT_USAGE = 2, EXIT_UNSETTLED = 3, EXIT_AWAY = 5 };

/* What is asked of the topics' messages: without it they are not read. */
#define OF_TOPICS (1U << S6 | 1U << S7 | 1U << S8 | 1U << S9)

/* All that a run has; zeroed at first, so that run_finish() takes it at any point. */
struct run {
	struct options options;
	struct topics *topics;
	struct databases *databases;
	struct facts *facts;
	struct report *report;
	struct promises promises;
	int64_t begin_us;
};

static void run_finish(struct run *run)
{
	databases_close(run->databases);
	topics_close(run->topics);
	if (run->facts)
		facts_finish(run->facts);
	free(run->facts);
	free(run->report);
	promises_finish(&run->promises);
	options_finish(&run->options);
}

static int run_prepare(struct run *run)
{
	int r = 0;

	run->begin_us = clock_monotonic_us();
	run->facts = calloc(1, sizeof(*run->facts));
	run->report = calloc(1, sizeof(*run->report));
	if (!run->facts || !run->report)
		return fault(FAULT_SYSTEM, "out of memory");
	for (size_t i = 0; r == 0 && run->options.ledgers[i]; i++)
		r = promises_read(&run->promises, run->options.ledgers[i]);
	if (r == 0)
		r = databases_open(&run->options, &run->databases);
	if (r == 0)
		r = topics_open(&run->options, &run->topics);
	return r;
}

/* The time of one check goes to its invariant. */
#define TIMED(report, invariant, call) \
	do { \
		int64_t timed_us = clock_monotonic_us(); \
		call; \
		(report)->results[invariant].spent_us += clock_monotonic_us() - timed_us; \
	} while (0)

static int check_all(struct run *run)
{
	struct facts *facts = run->facts;
	struct report *report = run->report;
	unsigned asked = run->options.invariants;
	int r = 0;

	if (asked & (1U << S1 | 1U << S2))
		TIMED(report, S1, check_promises(facts, report, &run->promises));
	if (asked & 1U << S3)
		TIMED(report, S3, check_money(facts, report));
	if (asked & 1U << S4)
		TIMED(report, S4, check_stock(facts, report));
	if (asked & 1U << S5)
		TIMED(report, S5, check_paths(facts, report));
	if (asked & 1U << S7)
		TIMED(report, S7, check_log(facts, report));
	if (asked & 1U << S8)
		TIMED(report, S8, check_outboxes(facts, report));
	if (asked & 1U << S9)
		TIMED(report, S9, r = check_dead_letters(facts, report, run->options.poison));
	if (asked & 1U << S10)
		TIMED(report, S10, check_recount(facts, report));
	return r;
}

static int ask_answers(struct run *run)
{
	const struct options *options = &run->options;
	int r = 0;

	if (options->samples > 0 && (options->invariants & 1U << S2))
		TIMED(run->report, S2, r = answers_repeat(options, run->databases, run->report));
	if (r == 0 && options->samples > 0 && (options->invariants & 1U << S12))
		TIMED(run->report, S12, r = answers_compare(options, run->databases, run->report));
	if (options->samples == 0)
		report_doubt(run->report, S12, "nothing was asked: --sample is 0");
	return r;
}

/* All that is read; @report says already whether it was quiet before. */
static int read_all(struct run *run)
{
	int64_t begin_us = clock_monotonic_us();
	int r = 0;

	if (run->options.invariants & OF_TOPICS)
		r = topics_read(run->topics, run->facts, run->report);
	run->report->reading_us = clock_monotonic_us() - begin_us;
	run->report->results[S7].spent_us += run->report->reading_us;
	if (r == 0)
		r = databases_read(run->databases, run->facts, run->report, &run->promises);
	if (r == 0 && (run->options.invariants & OF_TOPICS))
		r = quiet_settle(
			&run->options, run->topics, run->databases, run->facts, run->report);
	if (r == 0)
		r = quiet_moved(run->topics, run->facts, run->report);
	return r;
}

static int look_once(struct run *run, int64_t until_us)
{
	int r;

	facts_finish(run->facts);
	facts_init(run->facts);
	run->facts->now_us = clock_now_us();
	run->facts->replayed = run->options.replayed;
	for (size_t i = 0; i < run->promises.count; i++)
		run->promises.list[i].found = false;
	r = quiet_wait(
		&run->options, run->topics, run->databases, run->facts, run->report, until_us);
	/* Snapshots first, ends second: what is in an outbox may be in its topic then. */
	if (r == 0)
		r = databases_begin(run->databases);
	if (r == 0)
		r = topics_ask(run->topics, run->facts);
	if (r == 0)
		r = read_all(run);
	if (r == 0)
		r = check_all(run);
	if (r == 0)
		r = ask_answers(run);
	databases_end(run->databases);
	return r;
}

/* Again for as long as something moved in between and there is time. */
static int run_verify(struct run *run)
{
	int64_t until_us = clock_monotonic_us() + run->options.wait_s * US_PER_S;
	struct report *report = run->report;
	struct rusage usage;
	int r;

	do
		r = look_once(run, until_us);
	while (r == 0 && report->unquiet_count > 0 && report_verdict_of_all(report) != FAIL &&
		clock_monotonic_us() < until_us);
	report->orders = (int64_t)run->facts->orders_count;
	report->messages = run->facts->messages;
	report->dead_letters = run->facts->dead_letters;
	report->spent_us = clock_monotonic_us() - run->begin_us;
	getrusage(RUSAGE_SELF, &usage);
	report->memory_kb = usage.ru_maxrss;
	return r;
}

static int run_report(const struct run *run)
{
	BUFFER_CLEAN struct buffer out;
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	int r;

	buffer_init(&out, 0);
	if (run->options.json)
		report_json(run->report, &out);
	else
		report_table(run->report, colour, &out);
	r = buffer_check(&out, "the report");
	if (r == 0 && (fwrite(out.data, 1, out.size, stdout) != out.size || fflush(stdout) != 0))
		r = fault(FAULT_SYSTEM, "cannot write the report: %m");
	return r;
}

static int exit_code(int result)
{
	fprintf(stderr, "verify: %s%s\n", fault_text(),
		result == FAULT_USAGE
			? ""
			: "; start it, or name the invariants that do not need it with --only");
	return result == FAULT_USAGE ? EXIT_USAGE : EXIT_AWAY;
}

int main(int argc, char **argv)
{
	static const int codes[] = {
		[PASS] = 0, [FAIL] = EXIT_VIOLATED, [INCONCLUSIVE] = EXIT_UNSETTLED};
	struct run run = {0};
	int r;

	log_init("verify", LOG_WARNING);
	r = options_read(argc, argv, &run.options);
	if (r == SETTINGS_EXIT)
		return 0;
	if (r == 0)
		r = run_prepare(&run);
	if (r == 0)
		r = run_verify(&run);
	if (r == 0)
		r = run_report(&run);
	r = r < 0 ? exit_code(r) : codes[report_verdict_of_all(run.report)];
	run_finish(&run);
	return r;
}
