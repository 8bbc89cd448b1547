/*
 * The declaration file: one topic a line, "name partitions retention owner",
 * columns parted by spaces, # begins a comment.
 */
#pragma once

#include <bus/admin.h>
#include <stddef.h>

#define OWNER_SIZE 32
#define TOPIC_SIZE 250 /* Kafka's own bound is 249 characters */

struct declaration {
	/* Ends with a NULL name; names point into this struct. */
	struct bus_topic topics[BUS_TOPICS_DECLARED_MAX + 1];
	char names[BUS_TOPICS_DECLARED_MAX][TOPIC_SIZE];
	char owners[BUS_TOPICS_DECLARED_MAX][OWNER_SIZE];
	size_t count;
};

/* FAULT_INPUT or FAULT_LIMIT names the line. @replicas goes for every topic. */
int declaration_parse(const char *text, int replicas, struct declaration *ret_declaration);
/* Reads the file first; FAULT_SYSTEM when it cannot be read. */
int declaration_read(const char *path, int replicas, struct declaration *ret_declaration);
