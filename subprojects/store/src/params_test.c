#include "params.h"

#include <string.h>
#include <testkit/testkit.h>

static struct arena *arena;

static struct store_params *params_new(void)
{
	arena = arena_create(1 << 20);
	return store_params_create(arena);
}

static const struct uuid some_id = {{0x01, 0x8f, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

#define expect_param(params, index, want) \
	expect_bytes((params)->values[index], (size_t)(params)->lengths[index], (want), \
		sizeof(want) - 1)

TEST(scalars_are_in_network_order)
{
	struct store_params *params = params_new();

	store_add_int(params, -2);
	store_add_long(params, INT64_C(0x0102030405060708));
	store_add_bool(params, true);
	store_add_uuid(params, &some_id);
	store_add_text(params, "abc");
	store_add_bytes(params, "\0x", 2);
	expect_int(params->count, 6);
	expect_param(params, 0, "\xff\xff\xff\xfe");
	expect_param(params, 1, "\1\2\3\4\5\6\7\10");
	expect_param(params, 2, "\1");
	expect_bytes(params->values[3], (size_t)params->lengths[3], some_id.bytes, 16);
	expect_param(params, 4, "abc");
	expect_param(params, 5, "\0x");
	arena_destroy(arena);
}

TEST(time_counts_from_the_year_2000)
{
	struct store_params *params = params_new();

	store_add_time(params, INT64_C(946684800000001));
	store_add_time(params, 1);
	expect_param(params, 0, "\0\0\0\0\0\0\0\1");
	expect_param(params, 1, "\xff\xfc\xa2\xfe\xc4\xc8\x20\x01");
	arena_destroy(arena);
}

TEST(null_is_not_empty)
{
	struct store_params *params = params_new();

	store_add_text(params, NULL);
	store_add_text(params, "");
	store_add_uuid(params, NULL);
	store_add_time(params, 0);
	store_add_bytes(params, NULL, 0);
	store_add_bytes(params, "", 0);
	store_add_uuid(params, &(struct uuid){0});
	expect(!params->values[0]);
	expect(params->values[1] && params->lengths[1] == 0);
	expect(!params->values[2]);
	expect(!params->values[3]);
	expect(!params->values[4]);
	expect(params->values[5] && params->lengths[5] == 0);
	expect(!params->values[6]);
	arena_destroy(arena);
}

TEST(what_was_given_may_change_afterwards)
{
	struct store_params *params = params_new();
	char text[] = "before";

	store_add_text(params, text);
	memset(text, 'x', sizeof(text) - 1);
	expect_param(params, 0, "before");
	arena_destroy(arena);
}

TEST(array_has_dimensions_type_and_sizes)
{
	struct store_params *params = params_new();
	struct store_array *array = store_add_array(params, STORE_INT);

	store_push_int(array, 7);
	store_push_int(array, -1);
	expect_param(params, 0,
		"\0\0\0\1\0\0\0\0\0\0\0\x17\0\0\0\2\0\0\0\1"
		"\0\0\0\4\0\0\0\7"
		"\0\0\0\4\xff\xff\xff\xff");
	arena_destroy(arena);
}

TEST(array_with_null_says_so)
{
	struct store_params *params = params_new();
	struct store_array *array = store_add_array(params, STORE_TEXT);

	store_push_text(array, "a");
	store_push_text(array, NULL);
	store_push_text(array, "");
	expect_param(params, 0,
		"\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1"
		"\0\0\0\1a"
		"\xff\xff\xff\xff"
		"\0\0\0\0");
	arena_destroy(arena);
}

TEST(empty_array_is_whole_at_once)
{
	struct store_params *params = params_new();

	store_add_array(params, STORE_UUID);
	expect_param(params, 0, "\0\0\0\1\0\0\0\0\0\0\x0b\x86\0\0\0\0\0\0\0\1");
	arena_destroy(arena);
}

TEST(arrays_grow_side_by_side)
{
	struct store_params *params = params_new();
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *numbers = store_add_array(params, STORE_LONG);

	for (int64_t i = 0; i < 1000; i++) {
		store_push_uuid(ids, &some_id);
		store_push_long(numbers, i);
	}
	expect_int(params->lengths[0], 20 + 1000 * (4 + 16));
	expect_int(params->lengths[1], 20 + 1000 * (4 + 8));
	for (int64_t i = 0; i < 1000; i++) {
		const char *element = params->values[1] + 20 + i * 12;
		expect_int((uint8_t)element[11], i & 0xff);
		expect_int((uint8_t)element[10], i >> 8);
	}
	arena_destroy(arena);
}

TESTS("params", TEST_CASE(scalars_are_in_network_order), TEST_CASE(time_counts_from_the_year_2000),
	TEST_CASE(null_is_not_empty), TEST_CASE(what_was_given_may_change_afterwards),
	TEST_CASE(array_has_dimensions_type_and_sizes), TEST_CASE(array_with_null_says_so),
	TEST_CASE(empty_array_is_whole_at_once), TEST_CASE(arrays_grow_side_by_side))
