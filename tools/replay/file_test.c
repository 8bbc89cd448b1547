#include "file.h"

#include <testkit/testkit.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", testkit_directory(), name);
	return path;
}

TEST(writes_a_new_file_and_reads_it_back)
{
	struct arena *arena = arena_create(0);
	BUFFER_CLEAN struct buffer text;
	const char *got;
	size_t size;

	buffer_init(&text, 0);
	buffer_add_text(&text, "\"a\",0,1\n");
	expect_ok(file_write_new(path_of("new.csv"), &text));
	expect_ok(file_read(path_of("new.csv"), arena, &got, &size));
	expect_bytes(got, size, text.data, text.size);
	/* An older undo file is never lost. */
	expect_fault(file_write_new(path_of("new.csv"), &text), FAULT_USAGE);
	expect(strstr(fault_text(), "is there already") != NULL);
	arena_destroy(arena);
}

TEST(says_why_a_file_cannot_be_read_or_written)
{
	struct arena *arena = arena_create(0);
	BUFFER_CLEAN struct buffer text;
	const char *got;
	size_t size = 7;

	buffer_init(&text, 0);
	buffer_add_text(&text, "x");
	expect_fault(file_read(path_of("none.csv"), arena, &got, &size), FAULT_USAGE);
	expect(strstr(fault_text(), "No such file") != NULL);
	expect_fault(file_read(testkit_directory(), arena, &got, &size), FAULT_USAGE);
	expect_fault(file_write_new(path_of("no/where.csv"), &text), FAULT_USAGE);
	expect_int(size, 7);
	arena_destroy(arena);
}

TEST(refuses_a_file_that_is_no_file_of_offsets_by_its_size)
{
	struct arena *arena = arena_create(0);
	const char *got;
	size_t size;
	FILE *file = fopen(path_of("large.csv"), "we");

	expect(file != NULL);
	expect_int(ftruncate(fileno(file), FILE_SIZE_MAX), 0);
	expect_ok(file_read(path_of("large.csv"), arena, &got, &size));
	expect_int(size, FILE_SIZE_MAX);
	expect_int(ftruncate(fileno(file), FILE_SIZE_MAX + 1), 0);
	expect_fault(file_read(path_of("large.csv"), arena, &got, &size), FAULT_USAGE);
	fclose(file);
	arena_destroy(arena);
}

TESTS("replay file", TEST_CASE(writes_a_new_file_and_reads_it_back),
	TEST_CASE(says_why_a_file_cannot_be_read_or_written),
	TEST_CASE(refuses_a_file_that_is_no_file_of_offsets_by_its_size))
