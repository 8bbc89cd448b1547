/*
 * Money: whole minor units (cents) in an int64_t, never a double.
 *
 * The range is that of Avro's decimal(18,2): ±9,999,999,999,999,999.99.
 * Arithmetic answers FAULT_LIMIT instead of overflowing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef int64_t money_t;

#define MONEY_MAX INT64_C(999999999999999999)
#define MONEY_TEXT_SIZE 24

/* "12.30": optional minus, digits, a point, exactly two digits. 0 or FAULT_INPUT / FAULT_LIMIT. */
int money_parse(const char *text, size_t size, money_t *ret_amount);
/* Returns @text. */
char *money_format(money_t amount, char text[static MONEY_TEXT_SIZE]);

int money_add(money_t a, money_t b, money_t *ret_sum);
int money_multiply(money_t amount, int64_t factor, money_t *ret_product);
