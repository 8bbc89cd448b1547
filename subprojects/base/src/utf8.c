#include "utf8.h"

#include <stdint.h>

size_t utf8_character_size(const char *text, size_t size)
{
	const uint8_t *byte = (const uint8_t *)text;
	/* The second byte's bounds keep out overlong forms, surrogates and more than U+10FFFF. */
	uint8_t low = 0x80, high = 0xbf;
	size_t length;

	if (size == 0)
		return 0;
	if (byte[0] < 0x80)
		return 1;
	if (byte[0] >= 0xc2 && byte[0] <= 0xdf)
		length = 2;
	else if (byte[0] >= 0xe0 && byte[0] <= 0xef)
		length = 3;
	else if (byte[0] >= 0xf0 && byte[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (byte[0] == 0xe0)
		low = 0xa0;
	if (byte[0] == 0xed)
		high = 0x9f;
	if (byte[0] == 0xf0)
		low = 0x90;
	if (byte[0] == 0xf4)
		high = 0x8f;

	if (size < length || byte[1] < low || byte[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

size_t utf8_cut(const char *text, size_t size, size_t size_max)
{
	if (size <= size_max)
		return size;
	size_t at = size_max;
	while (at > 0 && size_max - at < 3 && ((uint8_t)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}
