/*
 * bus_bench: what transactions cost, and how soon their messages arrive.
 */
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/settings.h>
#include <base/uuid.h>
#include <bus/admin.h>
#include <bus/options.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

static struct bench bench;

static const struct setting SETTINGS[] = {
	{"kafka.bootstrap", SETTING_TEXT, &bench.bootstrap, .help = "host:port"},
	{"event.bytes", SETTING_NUMBER, &bench.event_bytes, "270", 17, 4096, "size of an event"},
	{"transactions", SETTING_NUMBER, &bench.transactions, "200", 1, 1000000, "how many"},
	{"events", SETTING_NUMBER, &bench.events, "10", 1, 1000000, "in one transaction"},
	{"lanes", SETTING_NUMBER, &bench.lanes, "2", 1, BUS_LANES_MAX, "producers that take turns"},
	{"work.us", SETTING_NUMBER, &bench.work_us, "0", 0, 1000000,
		.help = "consume: microseconds of work for each batch of 500"},
	{0}};

static int make_topic(void)
{
	static char name[64];
	struct uuid id = uuid_make(clock_now_us());
	char text[UUID_TEXT_SIZE];
	const struct bus_topic topics[] = {{name, 6, 1, 3600000}, {0}};
	int created;

	snprintf(name, sizeof(name), "bench.%s", uuid_format(&id, text));
	bench.topic = name;
	return bus_topics_ensure(bench.bootstrap, bench.options, topics, 30000, &created);
}

static void print_cost(const char *writer, const struct cost *cost)
{
	double seconds = (double)cost->wall_us / 1e6;
	double events = (double)(bench.transactions * bench.events);

	printf("%-7s %6" PRId64 " events a transaction, lanes %" PRId64
	       ": %7.1f transactions/s %9.0f events/s %6.1f MB/s, %5.2f CPU s per million "
	       "events, %" PRId64 " MB resident at most\n",
		writer, bench.events, bench.lanes, (double)bench.transactions / seconds,
		events / seconds, events * (double)bench.event_bytes / seconds / 1e6,
		(double)cost->cpu_us / events, cost->resident_kbytes_max / 1024);
}

static int run(const char *what)
{
	struct cost cost;
	int r = make_topic();

	if (r < 0)
		return r;
	if (strcmp(what, "latency") == 0)
		return bench_latency(&bench);
	if (strcmp(what, "plain") == 0)
		r = bench_plain(&bench, &cost);
	else if (strcmp(what, "bus") == 0)
		r = bench_transactor(&bench, &cost);
	else if (strcmp(what, "consume") == 0)
		r = bench_consume(&bench, &cost);
	else
		return fault(FAULT_USAGE, "say one of: bus plain consume latency");
	if (r == 0)
		print_cost(what, &cost);
	return r;
}

int main(int argc, char **argv)
{
	static const struct setting *const tables[] = {SETTINGS, bus_settings, NULL};
	static const struct settings_program program = {"bus_bench",
		"Measures transactions: bus (this library), plain (librdkafka alone), consume, "
		"latency.",
		"  bus_bench --kafka-bootstrap 127.0.0.1:9092 --events 500 --lanes 2 bus\n",
		tables};
	struct bus_options options;
	int rest, r = settings_read(&program, argc, argv, &rest);

	if (r == SETTINGS_EXIT)
		return 0;
	log_init("bus_bench", LOG_WARNING);
	if (r == 0)
		r = bus_options_init(&options, &bus_access);
	if (r == 0) {
		bench.options = options.list;
		r = rest < argc ? run(argv[rest])
				: fault(FAULT_USAGE, "say what: bus plain consume latency");
		bus_options_finish(&options);
	}
	if (r < 0)
		fprintf(stderr, "bus_bench: %s\n", fault_text());
	return r == 0 ? 0 : 2;
}
