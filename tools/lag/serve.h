/*
 * Answers Prometheus: what the latest look saw.
 */
#pragma once

#include "survey.h"

#include <signal.h>

struct serve_config {
	const char *listen; /* "[host]:port"; without host, 127.0.0.1 */
	int64_t interval_us;
	const sigset_t *ends; /* blocked signals that end it */
};

/*
 * Looks and serves until a signal comes. A look that failed takes the groups' figures away,
 * as old ones would look like new ones, and /readyz says why. FAULT_SYSTEM: the port is taken.
 */
int serve_run(const struct serve_config *config, struct survey *survey);

/* Waits @us, or less: true when one of @ends came. */
bool serve_pause(const sigset_t *ends, int64_t us);
