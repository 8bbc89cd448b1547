/*
 * Finding one of the build's schemas: by subject and version, by id, by what it says.
 * What is found lives as long as the process.
 */
#pragma once

#include <events/events.h>

#define SUBJECT_SIZE 256
#define VERSION_LATEST 0

/* The subject that a schema is a version of: "TOPIC-RECORD". */
void subject_write(const struct event_schema *schema, char subject[static SUBJECT_SIZE]);

/* @version from 1 on, or VERSION_LATEST. NULL when there is none. */
const struct event_schema *schema_find(const char *subject, int version);
const struct event_schema *schema_find_by_id(int id);
const struct event_schema *schema_find_by_fingerprint(const char *subject, uint64_t fingerprint);
int schema_id_max(void);

/*
 * The fingerprint of the schema in {"schema": "…"}; white space and docs do not count. 0 for
 * an Avro schema that is none that an event could have, for then it is none of ours.
 * False when it is no such body.
 */
bool fingerprint_read(const char *body, size_t size, uint64_t *ret_fingerprint);

/* A whole number from 1 to 2^31-1, and nothing else. */
bool number_read(const char *text, int *ret_number);
