/*
 * What may stand in a string on the wire, inside avro only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed UTF-8 (RFC 3629) without U+0000. */
bool text_is_valid(const uint8_t *text, size_t size);
