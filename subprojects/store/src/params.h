/*
 * Parameters as the pipeline sends them.
 */
#pragma once

#include <store/store.h>

#define STORE_PARAMS_MAX 32

struct store_params {
	struct arena *arena;
	int count;
	/* As PQsendQueryPrepared() takes them; a NULL value is SQL null. */
	const char *values[STORE_PARAMS_MAX];
	int lengths[STORE_PARAMS_MAX];
};

/* All ones: every parameter travels in binary. */
extern const int params_formats[STORE_PARAMS_MAX];
