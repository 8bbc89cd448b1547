#include <base/clock.h>
#include <base/metrics.h>

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Upper bounds of the buckets: 0.5 ms to 10 s by 1-2-5. One more bucket is above them all. */
static const struct {
	int64_t bound_us;
	const char *text; /* in seconds, as Prometheus wants it */
} buckets[] = {
	{500, "0.0005"},
	{1000, "0.001"},
	{2000, "0.002"},
	{5000, "0.005"},
	{10000, "0.01"},
	{20000, "0.02"},
	{50000, "0.05"},
	{100000, "0.1"},
	{200000, "0.2"},
	{500000, "0.5"},
	{1000000, "1"},
	{2000000, "2"},
	{5000000, "5"},
	{10000000, "10"},
};
#define BUCKET_COUNT (sizeof(buckets) / sizeof(buckets[0]))
static_assert(BUCKET_COUNT < METRIC_BUCKETS_MAX, "one bucket is for what is above all bounds");

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric *registry[METRICS_MAX];
static size_t registry_count;
static void (*source)(void *context, struct buffer *out);
static void *source_context;

void metric_register(struct metric *metric)
{
	bool known = false;

	pthread_mutex_lock(&registry_lock);
	for (size_t i = 0; i < registry_count; i++)
		known = known || registry[i] == metric;
	if (!known) {
		assert(registry_count < METRICS_MAX);
		registry[registry_count++] = metric;
	}
	pthread_mutex_unlock(&registry_lock);
}

void metric_add(struct metric *metric, int64_t amount)
{
	atomic_fetch_add_explicit(&metric->value, amount, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
	atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

int64_t metric_get(const struct metric *metric)
{
	return atomic_load_explicit(&metric->value, memory_order_relaxed);
}

void metric_observe_us(struct metric *histogram, int64_t duration_us)
{
	size_t i = 0;

	/* A clock that stepped back is not a negative duration. */
	if (duration_us < 0)
		duration_us = 0;
	while (i < BUCKET_COUNT && duration_us > buckets[i].bound_us)
		i++;
	atomic_fetch_add_explicit(&histogram->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum_us, duration_us, memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->value, 1, memory_order_relaxed);
}

static void write_head(struct buffer *out, const char *name, const char *help, const char *type)
{
	buffer_add_format(out, "# HELP %s ", name);
	for (const char *at = help ? help : ""; *at; at++) {
		if (*at == '\\')
			buffer_add_text(out, "\\\\");
		else if (*at == '\n')
			buffer_add_text(out, "\\n");
		else
			buffer_add_byte(out, (uint8_t)*at);
	}
	buffer_add_format(out, "\n# TYPE %s %s\n", name, type);
}

static void write_seconds(struct buffer *out, int64_t us)
{
	buffer_add_format(out, "%" PRId64 ".%06" PRId64 "\n", us / US_PER_S, us % US_PER_S);
}

static void write_histogram(struct buffer *out, const struct metric *metric)
{
	const char *labels = metric->labels ? metric->labels : "";
	const char *comma = *labels ? "," : "";
	const char *open = *labels ? "{" : "";
	const char *close = *labels ? "}" : "";
	int64_t total = 0;

	for (size_t i = 0; i <= BUCKET_COUNT; i++) {
		total += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
		buffer_add_format(out, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", metric->name,
			labels, comma, i < BUCKET_COUNT ? buckets[i].text : "+Inf", total);
	}
	buffer_add_format(out, "%s_sum%s%s%s ", metric->name, open, labels, close);
	write_seconds(out, atomic_load_explicit(&metric->sum_us, memory_order_relaxed));
	/* The buckets' own total: count and +Inf must agree while others go on counting. */
	buffer_add_format(
		out, "%s_count%s%s%s %" PRId64 "\n", metric->name, open, labels, close, total);
}

static void write_metric(struct buffer *out, const struct metric *metric)
{
	if (metric->kind == METRIC_HISTOGRAM)
		write_histogram(out, metric);
	else if (metric->labels && *metric->labels)
		buffer_add_format(out, "%s{%s} %" PRId64 "\n", metric->name, metric->labels,
			metric_get(metric));
	else
		buffer_add_format(out, "%s %" PRId64 "\n", metric->name, metric_get(metric));
}

/* All metrics of the name that number @first has, if it is the first of them. */
static void write_family(struct buffer *out, size_t first)
{
	static const char *const types[] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
	};
	const char *name = registry[first]->name;

	for (size_t i = 0; i < first; i++) {
		if (strcmp(registry[i]->name, name) == 0)
			return;
	}
	write_head(out, name, registry[first]->help, types[registry[first]->kind]);
	for (size_t i = first; i < registry_count; i++) {
		if (strcmp(registry[i]->name, name) == 0)
			write_metric(out, registry[i]);
	}
}

/* VmRSS: resident pages are the second number of /proc/self/statm (proc(5)). 0 where unreadable. */
static int64_t resident_bytes(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*s %ld", &pages) != 1)
		pages = 0;
	fclose(file);
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static void write_process(struct buffer *out)
{
	struct timespec cpu = {0};

	write_head(out, "process_resident_memory_bytes", "Resident memory size in bytes.", "gauge");
	buffer_add_format(out, "process_resident_memory_bytes %" PRId64 "\n", resident_bytes());
	/* The process clock counts in nanoseconds, /proc/self/stat only in ticks of 10 ms. */
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	write_head(out, "process_cpu_seconds_total",
		"Total user and system CPU time spent in seconds.", "counter");
	buffer_add_text(out, "process_cpu_seconds_total ");
	write_seconds(out, (int64_t)cpu.tv_sec * US_PER_S + cpu.tv_nsec / 1000);
}

void metrics_source(void (*write)(void *context, struct buffer *out), void *context)
{
	pthread_mutex_lock(&registry_lock);
	source = write;
	source_context = context;
	pthread_mutex_unlock(&registry_lock);
}

void metrics_write(struct buffer *out)
{
	pthread_mutex_lock(&registry_lock);
	for (size_t i = 0; i < registry_count; i++)
		write_family(out, i);
	if (source)
		source(source_context, out);
	pthread_mutex_unlock(&registry_lock);
	write_process(out);
}
