/*
 * What the relay counts, for /metrics. Updated by the loop's thread alone.
 */
#pragma once

#include "publisher.h"

#include <base/metrics.h>

/* Registers all of them, once. */
void measures_init(void);

/* One Kafka transaction with what @publisher has gathered is committed, @end_lsn the new position.
 */
void measure_commit(const struct publisher *publisher, lsn_t end_lsn);
void measure_abort(void);
void measure_retry(void);
void measure_streaming(bool streaming);
void measure_lag(lsn_t end_lsn, lsn_t position);
