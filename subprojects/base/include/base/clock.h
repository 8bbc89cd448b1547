/*
 * Time. Microseconds everywhere: since 1970 UTC for what is stored or shown,
 * monotonic for what is measured or waited for.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT_SIZE 28 /* 2026-01-31T10:00:00.000000Z and a NUL */
#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)

int64_t clock_now_us(void);
int64_t clock_monotonic_us(void);

/* RFC 3339 in UTC with six decimals. Returns @text. */
char *clock_format(int64_t at_us, char text[static CLOCK_TEXT_SIZE]);
/* RFC 3339 with Z or an offset, up to six decimals. 0 or FAULT_INPUT. */
int clock_parse(const char *text, size_t size, int64_t *ret_at_us);
