/*
 * What the tests of reading and writing have in common: readers over literals.
 */
#pragma once

#include <avro/wire.h>
#include <base/buffer.h>
#include <string.h>
#include <testkit/testkit.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct wire {
	struct arena *arena;
	struct avro_reader reader;
};

struct wire wire_of(const void *bytes, size_t size);
void wire_finish(struct wire *wire);
#define WIRE_CLEAN __attribute__((cleanup(wire_finish)))

/* A literal's bytes, its own NUL left out. */
#define WIRE(name, literal) struct wire name WIRE_CLEAN = wire_of(literal, sizeof(literal) - 1)

/* A number and how it stands on the wire. */
struct number {
	int64_t value;
	const char *bytes;
	size_t size;
};

void must_read_all(const struct avro_reader *reader);
void must_fail(const struct avro_reader *reader, const char *words);
