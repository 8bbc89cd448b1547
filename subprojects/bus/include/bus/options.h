/*
 * The setting KAFKA_OPTIONS: "name=value name=value", for security above all.
 */
#pragma once

#define BUS_OPTIONS_MAX 32

struct bus_options {
	const char *list[BUS_OPTIONS_MAX + 1]; /* NULL-ended: config.options */
	char *text;                            /* what the list points into */
};

/* @text is split at spaces; NULL and "" give an empty list. 0, or FAULT_USAGE. */
int bus_options_init(struct bus_options *options, const char *text);
void bus_options_finish(struct bus_options *options);
