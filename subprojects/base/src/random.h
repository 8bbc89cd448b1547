/*
 * Random bytes from the kernel, inside base only: ids, span ids and jitter.
 */
#pragma once

#include <stddef.h>

/* Fills @size bytes, at most 256. A kernel without randomness ends the process. */
void random_fill(void *bytes, size_t size);
