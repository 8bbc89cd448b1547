/*
 * The loop's metrics and its log lines about single messages, in one place.
 */
#pragma once

#include <runtime/handler.h>

void measure_init(void);
/* A batch is through: counts every outcome, logs what was not plainly applied. */
void measure_batch(const struct runtime_batch *batch);
void measure_retry(void);
/* What the database has parked now. */
void measure_parked(int64_t keys, int64_t messages);
/* How many partitions are this member's. */
void measure_assigned(int partitions);
