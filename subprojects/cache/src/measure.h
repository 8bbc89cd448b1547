/*
 * What the cache counts. Results are those of cache.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void measure_init(void);
void measure_read(int result);
void measure_set(int result);
void measure_rubbish(void);
void measure_error(void);
void measure_circuit(bool open);
void measure_invalidated(int64_t count);
