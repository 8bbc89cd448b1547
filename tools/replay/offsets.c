#include "offsets.h"

#include "collect.h"
#include "command.h"
#include "csv.h"
#include "file.h"
#include "groups.h"
#include "move.h"
#include "order.h"
#include "report.h"
#include "survey.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/settings.h>
#include <bus/options.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_ACTIVE = 3, EXIT_PARTLY = 4, EXIT_AWAY = 5 };

/* All that a run has; zeroed at first, so that run_finish() takes it at any point. */
struct run {
	struct command command;
	struct arena *arena;
	struct bus_options options;
	struct bus_cluster *cluster;
	struct survey_source source;
	struct collection collection;
	struct plan plan;
	struct order_search order;
	struct report report;
	int outcome; /* 0 or MOVE_PARTLY */
};

static void run_finish(struct run *run)
{
	bus_cluster_destroy(run->cluster);
	bus_options_finish(&run->options);
	arena_destroy(run->arena);
}

static int run_connect(struct run *run)
{
	int r = bus_options_init(&run->options, &bus_access);

	if (r < 0)
		return r;
	run->source = (struct survey_source){run->command.bootstrap, run->options.list,
		isatty(STDERR_FILENO) && !run->command.json};
	return bus_cluster_create(&(struct bus_cluster_config){.bootstrap = run->command.bootstrap,
					  .client_id = "replay",
					  .options = run->options.list,
					  .timeout_ms = run->command.timeout_ms},
		&run->cluster);
}

static int run_plan(struct run *run)
{
	int r = collect_group(run->cluster, run->command.group, run->arena, &run->collection);

	run->order.id = run->command.order;
	if (r == 0 && run->command.execute)
		r = move_wait(run->cluster, run->command.group, run->command.wait_s,
			run->source.progress, run->arena);
	/* Who has left may have committed last. */
	if (r == 0 && run->command.execute)
		r = collect_group(run->cluster, run->command.group, run->arena, &run->collection);
	if (r == 0 && run->command.order)
		r = order_plan(run->cluster, &run->source, run->command.group,
			&run->command.selection, &run->collection, run->arena, &run->order,
			&run->plan);
	else if (r == 0)
		r = collect_plan(run->cluster, run->command.group, &run->command.selection,
			&run->collection, run->arena, &run->plan);
	if (r < 0)
		return r;
	plan_make(&run->command.selection, run->command.clamp, run->arena, &run->plan);
	return plan_check(&run->plan);
}

static int write_offsets(const char *path, const struct bus_position *positions, size_t count)
{
	BUFFER_CLEAN struct buffer text;
	int r;

	buffer_init(&text, FILE_SIZE_MAX);
	csv_write(positions, count, &text);
	r = buffer_check(&text, "the file of offsets");
	return r < 0 ? r : file_write_new(path, &text);
}

/* What is the plan's place in each partition, also where that is where it stands. */
static int write_export(struct run *run)
{
	struct bus_position *positions =
		arena_array(run->arena, run->plan.count, sizeof(*positions));

	if (!run->command.export_path)
		return 0;
	for (size_t i = 0; i < run->plan.count; i++)
		positions[i] = (struct bus_position){run->plan.rows[i].topic,
			run->plan.rows[i].partition, run->plan.rows[i].target, NULL};
	run->report.export = run->command.export_path;
	return write_offsets(run->command.export_path, positions, run->plan.count);
}

static int write_undo(struct run *run)
{
	struct bus_position *positions;
	time_t now = (time_t)(clock_now_us() / US_PER_S);
	char stamp[24];
	struct tm parts;
	size_t count;

	gmtime_r(&now, &parts);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &parts);
	run->report.undo = run->command.undo_path
		? run->command.undo_path
		: arena_format(run->arena, "replay-%s-%s.csv", run->command.group, stamp);
	positions = plan_currents(&run->plan, run->arena, &count);
	return write_offsets(run->report.undo, positions, count);
}

static int run_execute(struct run *run)
{
	int r;

	if (plan_total(&run->plan).moves == 0) {
		run->report.outcome = REPORT_NOTHING_TO_DO;
		return 0;
	}
	r = write_undo(run);
	if (r < 0)
		return r;
	r = move_group(run->cluster, run->command.group, run->arena, &run->plan);
	if (r == FAULT_STATE)
		/* Nothing was moved, so there is nothing to undo. */
		unlink(run->report.undo);
	else if (r < 0)
		return fault((enum fault)r,
			"%s: how much was moved is unclear, where it stood is in %s",
			arena_string(run->arena, fault_text()), run->report.undo);
	run->outcome = r;
	run->report.outcome = r == MOVE_PARTLY ? REPORT_PARTLY : REPORT_MOVED;
	return r < 0 ? r : 0;
}

static int run_report(struct run *run)
{
	BUFFER_CLEAN struct buffer out;
	int r;

	run->report.group = run->command.group;
	run->report.selection = &run->command.selection;
	run->report.plan = &run->plan;
	run->report.members = &run->collection.group;
	run->report.description = group_find(run->command.group);
	run->report.order = run->command.order;
	run->report.events = run->order.events;
	run->report.event_count = run->order.count;
	run->report.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	buffer_init(&out, 0);
	if (run->command.json)
		report_json(&run->report, &out);
	else
		report_table(&run->report, &out);
	r = buffer_check(&out, "the report");
	if (r == 0 && (fwrite(out.data, 1, out.size, stdout) != out.size || fflush(stdout) != 0))
		r = fault(FAULT_SYSTEM, "cannot write the report: %m");
	return r;
}

static int run_all(struct run *run)
{
	struct plan_totals totals;
	int r = run_connect(run);

	if (r == 0)
		r = run_plan(run);
	if (r < 0)
		return r;
	run->report.keys = -1;
	run->report.outcome = REPORT_DRY_RUN;
	totals = plan_total(&run->plan);
	if (totals.replays <= run->command.count_max)
		r = survey_plan(&run->source, &run->plan, run->arena, &run->report.keys);
	if (r == 0)
		r = write_export(run);
	if (r == 0 && run->command.execute)
		r = run_execute(run);
	return r < 0 ? r : run_report(run);
}

static int exit_code(const struct run *run, int result)
{
	if (result == FAULT_BUS)
		fprintf(stderr, "replay: %s; is a broker at %s?\n", fault_text(),
			run->command.bootstrap);
	else
		fprintf(stderr, "replay: %s\n", fault_text());
	if (result == FAULT_USAGE || result == FAULT_INPUT)
		return EXIT_USAGE;
	return result == FAULT_STATE ? EXIT_ACTIVE : EXIT_AWAY;
}

int offsets_main(int argc, char **argv)
{
	static struct run run; /* large */
	int r;

	memset(&run, 0, sizeof(run));
	run.arena = arena_create(0);
	r = command_read(argc, argv, run.arena, &run.command);
	if (r == 0)
		r = run_all(&run);
	if (r < 0)
		r = exit_code(&run, r);
	else if (r == SETTINGS_EXIT)
		r = 0;
	else
		r = run.outcome == MOVE_PARTLY ? EXIT_PARTLY : 0;
	run_finish(&run);
	return r;
}
