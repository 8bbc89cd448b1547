#include <base/fault.h>
#include <base/money.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

static int money_refuse(const char *text, size_t size)
{
	return fault(FAULT_INPUT, "'%.*s' is not an amount such as 12.30",
		(int)(size > 32 ? 32 : size), text);
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

int money_parse(const char *text, size_t size, money_t *ret_amount)
{
	const bool negative = size > 0 && text[0] == '-';
	size_t at = negative ? 1 : 0;
	int64_t units = 0;

	/* At least one digit, the point, two digits. */
	if (size < at + 4 || text[size - 3] != '.')
		return money_refuse(text, size);
	for (size_t i = at; i < size; i++) {
		if (i != size - 3 && !is_digit(text[i]))
			return money_refuse(text, size);
	}
	for (; at < size; at++) {
		if (at == size - 3)
			continue;
		/* 10 × MONEY_MAX still fits, so one check behind each step is enough. */
		if (units > MONEY_MAX / 10)
			return fault(
				FAULT_LIMIT, "amount has more than 16 digits before the point");
		units = units * 10 + (text[at] - '0');
	}
	*ret_amount = negative ? -units : units;
	return 0;
}

char *money_format(money_t amount, char text[static MONEY_TEXT_SIZE])
{
	/* Unsigned, so that the lowest number has a positive counterpart too. */
	uint64_t units = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
	snprintf(text, MONEY_TEXT_SIZE, "%s%" PRIu64 ".%02" PRIu64, amount < 0 ? "-" : "",
		units / 100, units % 100);
	return text;
}

static int money_bounded(bool overflowed, money_t amount, money_t *ret_amount)
{
	if (overflowed || amount > MONEY_MAX || amount < -MONEY_MAX)
		return fault(FAULT_LIMIT, "amount has more than 16 digits before the point");
	*ret_amount = amount;
	return 0;
}

int money_add(money_t a, money_t b, money_t *ret_sum)
{
	money_t sum;
	bool overflowed = __builtin_add_overflow(a, b, &sum);
	return money_bounded(overflowed, sum, ret_sum);
}

int money_multiply(money_t amount, int64_t factor, money_t *ret_product)
{
	money_t product;
	bool overflowed = __builtin_mul_overflow(amount, factor, &product);
	return money_bounded(overflowed, product, ret_product);
}
