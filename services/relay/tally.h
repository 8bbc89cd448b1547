/*
 * What the relay counts, for /metrics. Updated by the loop's thread alone.
 */
#pragma once

#include "publisher.h"

#include <base/metrics.h>

/* Registers all of them, once. */
void tally_init(void);

/* One Kafka transaction with what @publisher has gathered is committed, @end_lsn the new position.
 */
void tally_commit(const struct publisher *publisher, lsn_t end_lsn);
void tally_abort(void);
void tally_retry(void);
void tally_streaming(bool streaming);
void tally_lag(lsn_t end_lsn, lsn_t position);
