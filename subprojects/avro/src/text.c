#include "text.h"

#include <string.h>

/* Eight ASCII bytes at a time, none of them NUL: nearly all there is to see. */
static size_t skip_ascii(const uint8_t *text, size_t size)
{
	const uint64_t low = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
	size_t at = 0;

	for (uint64_t word; at + sizeof(word) <= size; at += sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		/* With no high bit anywhere, a borrow into one can only come from a zero byte. */
		if ((word & high) != 0 || ((word - low) & high) != 0)
			break;
	}
	while (at < size && text[at] != 0 && text[at] < 0x80)
		at++;
	return at;
}

/* Bytes of the character that begins with @first, and the bounds of its second byte. */
static size_t character_size(uint8_t first, uint8_t *ret_low, uint8_t *ret_high)
{
	*ret_low = 0x80;
	*ret_high = 0xbf;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef) {
		if (first == 0xe0)
			*ret_low = 0xa0; /* shorter forms exist */
		if (first == 0xed)
			*ret_high = 0x9f; /* surrogates */
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		if (first == 0xf0)
			*ret_low = 0x90;
		if (first == 0xf4)
			*ret_high = 0x8f; /* above U+10FFFF */
		return 4;
	}
	return 0;
}

bool text_is_valid(const uint8_t *text, size_t size)
{
	for (size_t at = skip_ascii(text, size); at < size;
		at += skip_ascii(text + at, size - at)) {
		uint8_t low, high;
		size_t length = character_size(text[at], &low, &high);

		if (length == 0 || length > size - at)
			return false;
		if (text[at + 1] < low || text[at + 1] > high)
			return false;
		for (size_t i = 2; i < length; i++)
			if ((text[at + i] & 0xc0) != 0x80)
				return false;
		at += length;
	}
	return true;
}
