/*
 * orders: open-loop load with a ledger. See README.md.
 */
#include "catalogue.h"
#include "report.h"
#include "senders.h"
#include "watcher.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/settings.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_IN_US (20 * US_PER_MS)
#define POLL_MS 50
#define READY_TIMEOUT_MS 30000

enum { EXIT_NOT_GOOD = 1, EXIT_USAGE = 2, EXIT_AWAY = 5 };

static const char *gateway, *bootstrap, *mix, *duration, *settle, *ledger_path, *output, *except,
	*sold_out;
static int64_t rate, count, seed, connections, timeout_ms, cancel_within_ms;

/* clang-format off */
static const struct setting settings[] = {
	{"gateway", SETTING_TEXT, &gateway, "http://127.0.0.1:18080", .variable = "GATEWAY_URL", .help = "where POST /orders is"},
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, "127.0.0.1:18092", .help = "where order.events is, host:port"},
	{"rate", SETTING_NUMBER, &rate, "50", .min = 1, .max = PLAN_RATE_MAX, .variable = "", .help = "orders a second"},
	{"count", SETTING_NUMBER, &count, "0", .min = 0, .max = PLAN_REQUESTS_MAX, .variable = "", .help = "orders in all; 0: as long as --duration, or 1000"},
	{"duration", SETTING_TEXT, &duration, "", .variable = "", .help = "instead of --count: 60s, 5m, 1h"},
	{"mix", SETTING_TEXT, &mix, "ok=70,declined=20,out_of_stock=10", .variable = "", .help = "kind=weight,…; kinds are listed below"},
	{"cancel.within.ms", SETTING_NUMBER, &cancel_within_ms, "300", .min = 0, .max = 600000, .variable = "", .help = "kind cancel: cancelled at a random moment so long after its answer"},
	{"seed", SETTING_NUMBER, &seed, "1", .min = 0, .max = INT64_MAX, .variable = "", .help = "the same seed orders the same"},
	{"connections", SETTING_NUMBER, &connections, "64", .min = 1, .max = SENDERS_MAX, .variable = "", .help = "requests under way at most"},
	{"timeout.ms", SETTING_NUMBER, &timeout_ms, "10000", .min = 1, .max = 600000, .variable = "", .help = "for one answer; later it is unknown"},
	{"settle", SETTING_TEXT, &settle, "60s", .variable = "", .help = "how long to wait for the last orders to end"},
	{"products.except", SETTING_TEXT, &except, "sku-soldout,sku-scarce", .variable = "", .help = "not ordered, besides what may run out"},
	{"product.sold_out", SETTING_TEXT, &sold_out, "sku-soldout", .variable = "", .help = "ordered for out_of_stock"},
	{"ledger", SETTING_TEXT, &ledger_path, "", .variable = "", .help = "a file that gets one line a request"},
	{"output", SETTING_TEXT, &output, "table", .variable = "", .help = "table or json"},
	{0},
};
/* clang-format on */

static const struct settings_program program = {
	.name = "orders",
	.purpose = "places orders at a steady rate, whatever the answers do, and waits until each "
		   "has ended",
	.examples =
		"  orders --rate 50 --count 1000\n"
		"  orders --rate 1000 --duration 60s --mix ok=1 --ledger run.tsv --output json\n"
		"\n"
		"Kinds, and how their orders end:\n"
		"  ok                  completed\n"
		"  declined, insufficient_funds, gateway_error\n"
		"                      cancelled: the payment is refused, or never taken\n"
		"  out_of_stock        cancelled, and refunded\n"
		"  slow                completed, the payment takes 2 s\n"
		"  unknown_outcome     completed: paid, though the provider never said so\n"
		"  cancel              cancelled by the customer, or completed when that was too "
		"late\n"
		"\n"
		"Exit code: 0 every accepted order ended, 1 not so or none was accepted, 2 usage,\n"
		"5 gateway or broker away, or refusing.\n",
	.tables = (const struct setting *const[]){settings, bus_settings, NULL},
};

static volatile sig_atomic_t interrupts;

/* Once: send no more and wait for the orders under way. Twice: wait for answers only. */
static void interrupted(int signal)
{
	(void)signal;
	interrupts = interrupts + 1;
}

static int make_plan(struct plan *plan, int64_t *ret_settle_us)
{
	int64_t duration_s = 0, settle_s;
	int r = plan_parse_mix(plan, mix);
	if (r == 0)
		r = plan_parse_duration(settle, &settle_s);
	if (r == 0 && *duration)
		r = plan_parse_duration(duration, &duration_s);
	if (r < 0)
		return r;

	if (count > 0 && *duration)
		return fault(FAULT_USAGE, "--count and --duration: give one of them");
	if (strcmp(output, "table") != 0 && strcmp(output, "json") != 0)
		return fault(FAULT_USAGE, "--output: '%s' is neither table nor json", output);
	plan->rate = rate;
	plan->count = *duration ? rate * duration_s : count ? count : 1000;
	if (plan->count < 1 || plan->count > PLAN_REQUESTS_MAX)
		return fault(FAULT_USAGE, "--rate and --duration make %lld orders, not 1 to %d",
			(long long)plan->count, PLAN_REQUESTS_MAX);
	plan->seed = (uint64_t)seed;
	plan->product_sold_out = sold_out;
	plan->cancel_within_us = cancel_within_ms * US_PER_MS;
	plan->run = uuid_make(clock_now_us());
	*ret_settle_us = settle_s * US_PER_S;
	return 0;
}

/* All that a run has; zeroed at first, so that run_finish() takes it at any point. */
struct run {
	struct plan plan;
	int64_t settle_us;
	FILE *ledger;
	struct http_client *client;
	struct watcher *watcher;
	struct tally *tally;
	struct cancels *cancels;
	struct senders *senders;
};

static void run_finish(struct run *run)
{
	senders_destroy(run->senders);
	cancels_destroy(run->cancels);
	tally_destroy(run->tally);
	watcher_destroy(run->watcher);
	http_client_destroy(run->client);
	if (run->ledger)
		fclose(run->ledger);
}

static int run_prepare(struct run *run)
{
	int r = make_plan(&run->plan, &run->settle_us);
	if (r < 0)
		return r;
	run->client = http_client_create(gateway, (int)connections + CANCELS_THREADS);
	if (!run->client)
		return fault(FAULT_USAGE, "--gateway: '%s' is not http://host:port", gateway);
	r = catalogue_fetch(run->client, except, &run->plan);
	if (r < 0)
		return r;
	if (*ledger_path) {
		run->ledger = fopen(ledger_path, "we");
		if (!run->ledger)
			return fault(FAULT_USAGE, "--ledger: cannot write '%s': %m", ledger_path);
	}
	return watcher_create(bootstrap, &bus_access, READY_TIMEOUT_MS, &run->watcher);
}

static int run_start(struct run *run)
{
	int64_t start_us = clock_monotonic_us() + START_IN_US;
	int64_t start_wall_us = clock_now_us() + START_IN_US;

	run->tally = tally_create(&run->plan, start_us, start_wall_us, run->ledger);
	if (!run->tally)
		return fault(FAULT_SYSTEM, "out of memory");
	int r = cancels_start(
		&(struct cancels_config){
			.plan = &run->plan,
			.client = run->client,
			.tally = run->tally,
			.timeout_ms = (int)timeout_ms,
		},
		&run->cancels);
	if (r < 0)
		return r;
	return senders_start(
		&(struct senders_config){
			.plan = &run->plan,
			.client = run->client,
			.tally = run->tally,
			.cancels = run->cancels,
			.threads = (int)connections,
			.timeout_ms = (int)timeout_ms,
			.start_us = start_us,
		},
		&run->senders);
}

static void show_progress(struct tally *tally)
{
	static int64_t shown_us;
	static struct tally_sums sums;
	int64_t now_us = clock_monotonic_us();

	if (!isatty(STDERR_FILENO) || now_us - shown_us < US_PER_S)
		return;
	shown_us = now_us;
	tally_sums(tally, &sums);
	fprintf(stderr, "\r%lld sent, %lld accepted, %lld ended \033[K", (long long)sums.all.sent,
		(long long)sums.all.accepted, (long long)(sums.all.completed + sums.all.cancelled));
}

/* Until every order has ended, or the time to settle is over. */
static int run_watch(struct run *run)
{
	int64_t until_us = INT64_MAX;

	for (;;) {
		int r = watcher_poll(run->watcher, POLL_MS, run->tally);
		/* A broker that is away for a while is what drills are about: the run goes on. */
		if (r < 0 && !fault_is_transient(r))
			return r;
		if (interrupts > 0) {
			senders_stop(run->senders);
			cancels_stop(run->cancels);
		}
		bool sent = senders_done(run->senders) && cancels_done(run->cancels);
		if (sent && until_us == INT64_MAX)
			until_us = clock_monotonic_us() + run->settle_us;
		if ((sent && tally_open(run->tally) == 0) || clock_monotonic_us() > until_us ||
			interrupts > 1)
			break;
		show_progress(run->tally);
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return 0;
}

static int run_report(struct run *run, bool *ret_good)
{
	static struct tally_sums sums;
	BUFFER_CLEAN struct buffer out;

	tally_sums(run->tally, &sums);
	buffer_init(&out, 0);
	if (strcmp(output, "json") == 0)
		report_json(&run->plan, &sums, &out);
	else
		report_table(&run->plan, &sums, &out);
	int r = buffer_check(&out, "the report");
	if (r == 0 && (fwrite(out.data, 1, out.size, stdout) != out.size || fflush(stdout) != 0))
		r = fault(FAULT_SYSTEM, "cannot write the report: %m");
	*ret_good = report_is_good(&sums);
	/* Last, so that a full disk costs the ledger and not the report. */
	return r < 0 ? r : tally_close(run->tally);
}

static int run_all(struct run *run, bool *ret_good)
{
	int r = run_prepare(run);
	if (r == 0)
		r = run_start(run);
	if (r == 0)
		r = run_watch(run);
	if (r == 0)
		r = run_report(run, ret_good);
	return r;
}

static int exit_code(int result)
{
	fprintf(stderr, "orders: %s\n", fault_text());
	if (result == FAULT_USAGE)
		return EXIT_USAGE;
	return result == FAULT_PEER || result == FAULT_BUS || result == FAULT_BUS_CONFIG
		? EXIT_AWAY
		: EXIT_NOT_GOOD;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = interrupted};
	struct run run = {0};
	bool good = false;

	log_init("orders", LOG_WARNING);
	int r = settings_read(&program, argc, argv, NULL);
	if (r == SETTINGS_EXIT)
		return 0;
	if (r < 0)
		return exit_code(r);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	r = run_all(&run, &good);
	run_finish(&run);
	if (r < 0)
		return exit_code(r);
	return good ? 0 : EXIT_NOT_GOOD;
}
