/*
 * From a message's bytes and headers to what a handler decides on.
 */
#pragma once

#include <runtime/handler.h>

/*
 * Reads id, type, key, traceparent, sequence and the event into @message, texts
 * and event in @arena. A message that cannot be read gets .unreadable "<class>: words"
 * instead of an event; its .id stays nil when that is what is missing.
 */
void envelope_read(
	struct runtime_message *message, const struct bus_message *raw, struct arena *arena);
