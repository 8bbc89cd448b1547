/*
 * Numbers for names: the order ids of a topic, from 0 in the order of their coming. Pure.
 */
#pragma once

#include <stddef.h>

struct names;

struct names *names_create(void);
void names_destroy(struct names *names);

/* The number of @bytes, a new one if they were not seen before; FAULT_SYSTEM without memory. */
int names_number(struct names *names, const void *bytes, size_t size);
int names_count(const struct names *names);
