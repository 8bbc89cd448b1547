#include <base/fault.h>
#include <inttypes.h>
#include <stdio.h>
#include <store/stream.h>

#define HALF_DIGITS_MAX 8

char *lsn_format(lsn_t lsn, char text[static LSN_TEXT_SIZE])
{
	snprintf(text, LSN_TEXT_SIZE, "%" PRIX32 "/%" PRIX32, (uint32_t)(lsn >> 32), (uint32_t)lsn);
	return text;
}

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

/* One to eight hex digits; returns what follows them, NULL when there are none or too many. */
static const char *half_parse(const char *text, uint32_t *ret_half)
{
	int digits = 0;
	uint32_t half = 0;

	for (; digit_value(*text) >= 0; text++) {
		if (++digits > HALF_DIGITS_MAX)
			return NULL;
		half = half << 4 | (uint32_t)digit_value(*text);
	}
	*ret_half = half;
	return digits ? text : NULL;
}

int lsn_parse(const char *text, lsn_t *ret_lsn)
{
	uint32_t high = 0, low = 0;
	const char *rest = half_parse(text, &high);

	if (rest && *rest == '/')
		rest = half_parse(rest + 1, &low);
	else
		rest = NULL;
	if (!rest || *rest)
		return fault(FAULT_INPUT, "\"%.40s\" is no LSN such as 0/16B3748", text);
	*ret_lsn = (lsn_t)high << 32 | low;
	return 0;
}
