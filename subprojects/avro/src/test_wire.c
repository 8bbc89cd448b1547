#include "test_wire.h"

#define ARENA_SIZE_MAX ((size_t)1 << 20)

struct wire wire_of(const void *bytes, size_t size)
{
	struct wire wire = {.arena = arena_create(ARENA_SIZE_MAX)};

	avro_reader_init(&wire.reader, bytes, size, wire.arena);
	return wire;
}

void wire_finish(struct wire *wire)
{
	arena_destroy(wire->arena);
}

void must_read_all(const struct avro_reader *reader)
{
	expect_ok(avro_reader_check(reader, "test"));
}

void must_fail(const struct avro_reader *reader, const char *words)
{
	if (reader->failure == NULL || strstr(reader->failure, words) == NULL)
		fail_test("\"%s\" should say \"%s\"",
			reader->failure == NULL ? "no failure" : reader->failure, words);
	expect_fault(avro_reader_check(reader, "test"), FAULT_INPUT);
}
