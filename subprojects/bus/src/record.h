/*
 * How large a record is. Pure; the fake refuses by the same bound.
 */
#pragma once

#include <bus/transactor.h>

/* Key, value, headers and what Kafka puts around them, at most. */
size_t record_size(const struct bus_record *record);
