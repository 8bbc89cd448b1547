/*
 * What orders do, as metrics: the steps they come to, and how long they took to their end.
 * Called after the commit: what was rolled back did not happen.
 */
#pragma once

#include "batch.h"

void order_measure_init(void);
void order_measure(const struct order_history_row *history, const struct order *order);
/* All that was applied in a batch. */
void order_measure_batch(const struct order_batch *batch);
