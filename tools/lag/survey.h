/*
 * Looks, one after the other, each measured and judged by those before it.
 */
#pragma once

#include "look.h"

struct survey;

struct survey_config {
	const char *bootstrap;
	const char *const *options; /* librdkafka's "name=value", NULL-ended */
	const char *const *groups;  /* NULL-ended */
	const char *const *topics;  /* NULL-ended; NULL: all */
	int timeout_ms;             /* for one question */
	int64_t window_us;          /* 0: each look for itself */
};

/* What @config points to must outlive the survey. */
int survey_create(const struct survey_config *config, struct survey **ret_survey);
void survey_destroy(struct survey *survey);

/* *ret_look is good until the next call. */
int survey_look(struct survey *survey, const struct look **ret_look);
/* The arena of that look, for what is made of it. */
struct arena *survey_arena(struct survey *survey);
