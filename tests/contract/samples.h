/*
 * The sample of an event, for the tests of both sets of schemas: the system's
 * and the fixture's. SCHEMAS in the environment names the folder.
 */
#pragma once

#include <base/arena.h>
#include <events/events.h>
#include <json/json.h>

#define ARENA_SIZE_MAX ((size_t)16 << 20)
#define ARENA_CLEAN __attribute__((cleanup(arena_cleanup)))

/* The file's text; ends the test when there is none. */
const char *sample_text(struct arena *arena, const struct event_version *version);
/* The sample of the latest version, as its struct. */
const void *sample_read(struct arena *arena, enum event_type type);

/* Any JSON without white space. */
const char *json_compact(struct arena *arena, const char *text);
/* The event as JSON, with the layout of any version. */
const char *event_text(struct arena *arena, const struct avro_layout *layout, const void *event);
const char *hex_text(struct arena *arena, const void *bytes, size_t size);

const struct event_version *latest_version(enum event_type type);
