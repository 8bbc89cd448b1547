/*
 * What the cache counts. Results are those of cache.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void count_init(void);
void count_read(int result);
void count_near(void);
void count_set(int result);
void count_rubbish(void);
void count_error(void);
void count_circuit(bool open);
void count_invalidated(int64_t count);
