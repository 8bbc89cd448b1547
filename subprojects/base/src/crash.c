#include <base/crash.h>
#include <base/log.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool crash_armed;

static const char *crash_name;
static size_t crash_name_size;
static _Atomic long crash_passes_left;

void crash_init(void)
{
	crash_armed = false;
	const char *wanted = getenv("CRASH_AT");
	if (!wanted || !*wanted)
		return;

	const char *colon = strchr(wanted, ':');
	long passes = 1;
	if (colon) {
		char *end;
		passes = strtol(colon + 1, &end, 10);
		if (end == colon + 1 || *end || passes < 1) {
			log_error("CRASH_AT wants POINT or POINT:PASSES, such as "
				  "relay.after_produce:3; no crash point is armed",
				LOG_TEXT("crash_at", wanted));
			return;
		}
	}
	crash_name = wanted;
	crash_name_size = colon ? (size_t)(colon - wanted) : strlen(wanted);
	atomic_store(&crash_passes_left, passes);
	crash_armed = true;
}

void crash_pass(const char *point)
{
	if (strlen(point) != crash_name_size || memcmp(point, crash_name, crash_name_size) != 0)
		return;
	if (atomic_fetch_sub(&crash_passes_left, 1) != 1)
		return;
	log_error("crash point reached: ending the hard way", LOG_TEXT("point", point));
	kill(getpid(), SIGKILL);
	/* SIGKILL may take a moment to arrive; nothing behind the point may run meanwhile. */
	for (;;)
		pause();
}
