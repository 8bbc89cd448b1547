/*
 * What avro-gen works on: the events of a directory of schemas, in the order of
 * its topics.conf. All texts live in the model's arena.
 */
#pragma once

#include <avro/schema.h>
#include <base/buffer.h>

#define EVENTS_MAX 64
#define VERSIONS_MAX 32

struct version {
	int number;
	const char *path; /* "order/OrderCreated/v1", without ".avsc" */
	const struct avro_schema *schema;
	const char *text; /* the file as it is */
	uint32_t id;      /* 0: has none */
};

struct event {
	const char *name;
	const char *topic;
	const char *context;                   /* NULL: no schema found */
	struct version versions[VERSIONS_MAX]; /* number n at n - 1 */
	size_t version_count;
};

struct model {
	struct arena *arena;
	const char *directory;
	struct event events[EVENTS_MAX];
	size_t event_count;
	/* Only new must read old (Confluent's BACKWARD); otherwise each must read all (FULL). */
	bool backward;
};

/* Reads topics.conf and all schemas. 0, or FAULT_INPUT / FAULT_SYSTEM naming the file. */
int model_load(struct model *model);
/* Are all versions of every event readable as promised? */
int model_check_versions(const struct model *model);
/* Do all names become C names that are no keywords and do not collide? */
int model_check_names(const struct model *model);

/*
 * Takes the ids from ids.lock. Refuses one that was changed, reused or whose
 * schema is gone; with @assign gives new ids and writes the file, else refuses
 * a version without one.
 */
int model_lock(struct model *model, bool assign);

/* Can versions @reader and @writer (indexes) of @event be expected to resolve? */
bool model_reads(
	const struct model *model, const struct event *event, size_t reader, size_t writer);

static inline const struct version *event_latest(const struct event *event)
{
	return &event->versions[event->version_count - 1];
}

/* The whole file, NUL-terminated, in @arena. */
int file_read(struct arena *arena, const char *path, const char **ret_text, size_t *ret_size);
/* Written beside and renamed: there is never half a file. */
int file_write(const char *path, const struct buffer *text);
