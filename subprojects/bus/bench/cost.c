#include <base/clock.h>
#include <sys/resource.h>

#include "bench.h"

static int64_t time_us(const struct timeval *time)
{
	return time->tv_sec * US_PER_S + time->tv_usec;
}

static int64_t cpu_us(const struct rusage *usage)
{
	return time_us(&usage->ru_utime) + time_us(&usage->ru_stime);
}

void cost_begin(struct cost *cost)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	*cost = (struct cost){.wall_us = clock_monotonic_us(), .cpu_us = cpu_us(&usage)};
}

void cost_end(struct cost *cost)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	cost->wall_us = clock_monotonic_us() - cost->wall_us;
	cost->cpu_us = cpu_us(&usage) - cost->cpu_us;
	cost->resident_kbytes_max = usage.ru_maxrss;
}
