#include "hex.h"

static int hex_digit(char digit, bool any_case)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (any_case && digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

bool hex_parse(const char *text, uint8_t *bytes, size_t size, bool any_case)
{
	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(text[2 * i], any_case);
		int low = hex_digit(text[2 * i + 1], any_case);
		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

char *hex_format(const uint8_t *bytes, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < size; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	return text;
}
