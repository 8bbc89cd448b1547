/*
 * Reads order.events at read_committed and tells the tally which orders came to
 * their end. Outside any group: its place is its own, so a broker that is killed brings nothing
 * a second time.
 */
#pragma once

#include "tally.h"

#include <bus/options.h>

struct watcher;

/*
 * Begins at the topic's end as it is now: no event of an order that is sent after this is
 * missed. FAULT_USAGE, FAULT_LIMIT (partitions), FAULT_BUS or FAULT_BUS_CONFIG.
 */
int watcher_create(const char *bootstrap, const struct bus_access *access, int timeout_ms,
	struct watcher **ret_watcher);
void watcher_destroy(struct watcher *watcher);

/* Takes what is there, waiting up to @timeout_ms for a first event. 0 or a fault. */
int watcher_poll(struct watcher *watcher, int timeout_ms, struct tally *tally);
