/*
 * Hex digits, inside base only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2 × @size digits at @text into @bytes; upper case only if @any_case. False on anything else. */
bool hex_parse(const char *text, uint8_t *bytes, size_t size, bool any_case);
/* 2 × @size lower-case digits, no NUL; returns where the next byte goes. */
char *hex_format(const uint8_t *bytes, size_t size, char *text);
