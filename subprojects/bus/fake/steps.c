/*
 * What a test wants to go wrong, and how often each call was made.
 */
#include <assert.h>
#include <base/fault.h>
#include <string.h>

#include "cluster.h"

#define INJECTIONS_MAX 64

static struct {
	enum fake_step step;
	int skip;
	int result; /* 0: used up */
} injections[INJECTIONS_MAX];

static int calls[FAKE_STEPS];

void fake_steps_reset(void)
{
	memset(injections, 0, sizeof(injections));
	memset(calls, 0, sizeof(calls));
}

void fake_inject(enum fake_step step, int skip, int result)
{
	size_t at = 0;

	assert(step > 0 && step < FAKE_STEPS && result != 0);
	cluster_lock();
	while (at < INJECTIONS_MAX && injections[at].result != 0)
		at++;
	assert(at < INJECTIONS_MAX);
	injections[at].step = step;
	injections[at].skip = skip;
	injections[at].result = result;
	cluster_unlock();
}

int fake_calls(enum fake_step step)
{
	int count;

	cluster_lock();
	count = calls[step];
	cluster_unlock();
	return count;
}

/* Every injection of the step counts the call; the first that is due answers it. */
int fake_step(enum fake_step step)
{
	int result = 0;

	calls[step]++;
	for (size_t i = 0; i < INJECTIONS_MAX; i++) {
		if (injections[i].result == 0 || injections[i].step != step)
			continue;
		if (injections[i].skip > 0) {
			injections[i].skip--;
		} else if (result == 0) {
			result = injections[i].result;
			injections[i].result = 0;
		}
	}
	return result < 0 ? fault((enum fault)result, "injected") : result;
}
