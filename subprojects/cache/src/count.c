#include "count.h"

#include <base/metrics.h>
#include <cache/cache.h>

#define READS(result) \
	METRIC(METRIC_COUNTER, "orderlab_cache_reads_total", "result=\"" result "\"", \
		"Reads of the cache; near: in our own memory; off: Redis was not there, or not " \
		"asked.")
#define SETS(result) \
	METRIC(METRIC_COUNTER, "orderlab_cache_sets_total", "result=\"" result "\"", \
		"Values offered to the cache; refused: invalidated while they were loaded, or " \
		"too long.")
#define PLAIN(kind, name, help) METRIC(kind, "orderlab_cache_" name, NULL, help)

static struct metric nears = READS("near"), hits = READS("hit"), misses = READS("miss"),
		     reads_off = READS("off"), stored = SETS("stored"), refused = SETS("refused"),
		     sets_off = SETS("off");
static struct metric rubbish = PLAIN(METRIC_COUNTER, "rubbish_total",
			     "Values that were not written by us, deleted."),
		     errors = PLAIN(METRIC_COUNTER, "errors_total",
			     "Connections to Redis given up after an error or a time-out."),
		     circuit = PLAIN(METRIC_GAUGE, "circuit_open",
			     "1 while Redis is not asked, after an error."),
		     invalidated = PLAIN(
			     METRIC_COUNTER, "invalidated_total", "Keys that were invalidated."),
		     ratio = PLAIN(METRIC_GAUGE, "hit_percent",
			     "Hits in 100 reads that were answered, since the start.");

void count_init(void)
{
	struct metric *const all[] = {&nears, &hits, &misses, &reads_off, &stored, &refused,
		&sets_off, &rubbish, &errors, &circuit, &invalidated, &ratio};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		metric_register(all[i]);
}

static void tell_ratio(void)
{
	int64_t hit = metric_get(&nears) + metric_get(&hits);
	int64_t all = hit + metric_get(&misses);

	if (all != 0)
		metric_set(&ratio, hit * 100 / all);
}

void count_read(int result)
{
	metric_add(result == 0 ? &hits : result == CACHE_MISS ? &misses : &reads_off, 1);
	tell_ratio();
}

void count_near(void)
{
	metric_add(&nears, 1);
	tell_ratio();
}

void count_set(int result)
{
	metric_add(result == 0 ? &stored : result == CACHE_REFUSED ? &refused : &sets_off, 1);
}

void count_rubbish(void)
{
	metric_add(&rubbish, 1);
}

void count_error(void)
{
	metric_add(&errors, 1);
}

void count_circuit(bool open)
{
	metric_set(&circuit, open);
}

void count_invalidated(int64_t count)
{
	metric_add(&invalidated, count);
}
