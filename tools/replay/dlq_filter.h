/*
 * Which dead letters are meant: --since, --key, --reason; and how fast: --rate. Pure.
 */
#pragma once

#include "dlq_letter.h"

struct filter {
	int64_t since_ms;   /* 0: any */
	const char *key;    /* "": any */
	const char *reason; /* "": any; a class, or a part of the reason */
};

/* "15m" or "PT15M": that long before @now_us; or a time of RFC 3339. "": 0. FAULT_USAGE. */
int filter_parse_since(const char *text, int64_t now_us, int64_t *ret_since_ms);
/* "5" or "5/s"; "": 0, as fast as it goes. FAULT_USAGE. */
int filter_parse_rate(const char *text, int64_t *ret_per_s);
bool filter_takes(const struct filter *filter, const struct letter *letter);
