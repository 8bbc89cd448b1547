/*
 * What both directions hold to, inside avro only.
 */
#pragma once

#include <stdint.h>

/* The years 0001 to 9999: what RFC 3339 can say. */
#define TIMESTAMP_MIN_US INT64_C(-62135596800000000)
#define TIMESTAMP_MAX_US INT64_C(253402300799999999)

#define UUID_LENGTH 36
