/*
 * Where a partition's log ends, messages of open transactions included. For tests that
 * must know that a message is in the log before they abort its transaction.
 */
#pragma once

#include <stdint.h>

/* Until the next offset is @offset; fails the test after 20 s. */
void log_end_await(const char *topic, int32_t partition, int64_t offset);
