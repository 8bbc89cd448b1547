/*
 * UTF-8, inside base only: where a well-formed character ends (RFC 3629).
 */
#pragma once

#include <stddef.h>

/* Bytes of the character at @text, 1 to 4; 0 where @size bytes do not begin with one. */
size_t utf8_character_size(const char *text, size_t size);

/* The largest size ≤ @size_max at which @text may be cut without splitting a character. */
size_t utf8_cut(const char *text, size_t size, size_t size_max);
