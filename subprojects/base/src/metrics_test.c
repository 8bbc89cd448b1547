#include <base/metrics.h>
#include <testkit/testkit.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct metric applied = METRIC(
	METRIC_COUNTER, "test_messages_total", "outcome=\"applied\"", "Messages by outcome.");
static struct metric backlog = METRIC(METRIC_GAUGE, "test_backlog", NULL, "A\\B\nsecond line");
static struct metric ignored_count = METRIC(
	METRIC_COUNTER, "test_messages_total", "outcome=\"ignored\"", "Messages by outcome.");
static struct metric duration =
	METRIC(METRIC_HISTOGRAM, "test_duration_seconds", NULL, "How long it took.");
static struct metric by_route =
	METRIC(METRIC_HISTOGRAM, "test_request_seconds", "route=\"/orders\"", "How long it took.");

static struct buffer out;

static void write_all(void)
{
	buffer_reset(&out);
	metrics_write(&out);
	expect_ok(buffer_check(&out, "metrics"));
}

/* What the families of the process come after. */
static char *own_part(void)
{
	write_all();
	char *process = strstr(out.data, "# HELP process_");
	expect(process != NULL);
	*process = '\0';
	return out.data;
}

TEST(prints_metrics_of_one_name_together_with_one_head)
{
	metric_register(&applied);
	metric_register(&backlog);
	metric_register(&ignored_count);
	metric_add(&applied, 3);
	metric_add(&applied, 2);
	metric_set(&backlog, -7);
	expect_text(own_part(),
		"# HELP test_messages_total Messages by outcome.\n"
		"# TYPE test_messages_total counter\n"
		"test_messages_total{outcome=\"applied\"} 5\n"
		"test_messages_total{outcome=\"ignored\"} 0\n"
		"# HELP test_backlog A\\\\B\\nsecond line\n"
		"# TYPE test_backlog gauge\n"
		"test_backlog -7\n");
	expect_int(metric_get(&applied), 5);
}

TEST(registering_twice_counts_once)
{
	metric_register(&backlog);
	metric_register(&backlog);
	expect_text(own_part(),
		"# HELP test_backlog A\\\\B\\nsecond line\n"
		"# TYPE test_backlog gauge\n"
		"test_backlog 0\n");
}

TEST(a_histogram_has_cumulative_buckets_in_seconds)
{
	metric_register(&duration);
	metric_observe_us(&duration, 0);
	metric_observe_us(&duration, 500);
	metric_observe_us(&duration, 501);
	metric_observe_us(&duration, 30000);
	metric_observe_us(&duration, 10000000);
	metric_observe_us(&duration, 10000001);
	metric_observe_us(&duration, -5);
	expect_text(own_part(),
		"# HELP test_duration_seconds How long it took.\n"
		"# TYPE test_duration_seconds histogram\n"
		"test_duration_seconds_bucket{le=\"0.0005\"} 3\n"
		"test_duration_seconds_bucket{le=\"0.001\"} 4\n"
		"test_duration_seconds_bucket{le=\"0.002\"} 4\n"
		"test_duration_seconds_bucket{le=\"0.005\"} 4\n"
		"test_duration_seconds_bucket{le=\"0.01\"} 4\n"
		"test_duration_seconds_bucket{le=\"0.02\"} 4\n"
		"test_duration_seconds_bucket{le=\"0.05\"} 5\n"
		"test_duration_seconds_bucket{le=\"0.1\"} 5\n"
		"test_duration_seconds_bucket{le=\"0.2\"} 5\n"
		"test_duration_seconds_bucket{le=\"0.5\"} 5\n"
		"test_duration_seconds_bucket{le=\"1\"} 5\n"
		"test_duration_seconds_bucket{le=\"2\"} 5\n"
		"test_duration_seconds_bucket{le=\"5\"} 5\n"
		"test_duration_seconds_bucket{le=\"10\"} 6\n"
		"test_duration_seconds_bucket{le=\"+Inf\"} 7\n"
		"test_duration_seconds_sum 20.031002\n"
		"test_duration_seconds_count 7\n");
}

TEST(labels_stand_before_the_bound_of_a_bucket)
{
	metric_register(&by_route);
	metric_observe_us(&by_route, 700);
	char *text = own_part();
	expect(strstr(text, "\ntest_request_seconds_bucket{route=\"/orders\",le=\"0.001\"} 1\n") !=
		NULL);
	expect(strstr(text, "\ntest_request_seconds_sum{route=\"/orders\"} 0.000700\n") != NULL);
	expect(strstr(text, "\ntest_request_seconds_count{route=\"/orders\"} 1\n") != NULL);
}

static double number_after(const char *line)
{
	char *found = strstr(out.data, line);
	expect(found != NULL);
	return strtod(found + strlen(line), NULL);
}

TEST(tells_memory_and_processor_time_of_the_process)
{
	write_all();
	double resident = number_after("\nprocess_resident_memory_bytes ");
	expect(resident > 100e3 && resident < 100e9);

	double before = number_after("\nprocess_cpu_seconds_total ");
	clock_t end = clock() + CLOCKS_PER_SEC / 50;
	while (clock() < end)
		;
	write_all();
	double spent = number_after("\nprocess_cpu_seconds_total ") - before;
	expect(spent >= 0.019 && spent < 5);
}

static void write_own(void *context, struct buffer *to)
{
	buffer_add_format(to, "test_own{name=\"%s\"} 7\n", (const char *)context);
}

TEST(a_source_writes_families_of_its_own_until_it_is_taken_away)
{
	static char name[] = "x";

	metrics_source(write_own, name);
	write_all();
	expect(strstr(out.data, "test_own{name=\"x\"} 7\n# HELP process_") != NULL);
	metrics_source(NULL, NULL);
	write_all();
	expect(strstr(out.data, "test_own") == NULL);
}

static void *add_many(void *unused)
{
	for (int i = 0; i < 100000; i++) {
		metric_add(&applied, 1);
		metric_observe_us(&duration, i);
	}
	return unused;
}

TEST(loses_nothing_under_threads)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		expect_int(pthread_create(&threads[i], NULL, add_many, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	expect_int(metric_get(&applied), 400000);
	expect_int(metric_get(&duration), 400000);
}

TESTS("metrics", TEST_CASE(prints_metrics_of_one_name_together_with_one_head),
	TEST_CASE(registering_twice_counts_once),
	TEST_CASE(a_histogram_has_cumulative_buckets_in_seconds),
	TEST_CASE(labels_stand_before_the_bound_of_a_bucket),
	TEST_CASE(tells_memory_and_processor_time_of_the_process),
	TEST_CASE(a_source_writes_families_of_its_own_until_it_is_taken_away),
	TEST_CASE(loses_nothing_under_threads))
