#include <runtime/uuid_map.h>
#include <testkit/testkit.h>

TEST(finds_what_was_put_and_nothing_else)
{
	struct arena *arena = arena_create(1 << 20);
	struct uuid_map *map = uuid_map_create(arena, 500);
	struct uuid ids[500], stranger = uuid_make(1);
	int values[500];

	for (int i = 0; i < 500; i++) {
		ids[i] = uuid_make(1000 + i);
		expect(uuid_map_put(map, &ids[i], &values[i]) == &values[i]);
	}
	for (int i = 0; i < 500; i++)
		expect(uuid_map_get(map, &ids[i]) == &values[i]);
	expect(uuid_map_get(map, &stranger) == NULL);
	arena_destroy(arena);
}

TEST(keeps_the_first_of_two)
{
	struct arena *arena = arena_create(1 << 20);
	struct uuid_map *map = uuid_map_create(arena, 1);
	struct uuid id = uuid_make(1);
	int first, second;

	uuid_map_put(map, &id, &first);
	expect(uuid_map_put(map, &id, &second) == &first);
	expect(uuid_map_get(map, &id) == &first);
	arena_destroy(arena);
}

TEST(tells_ids_apart_that_hash_alike)
{
	struct arena *arena = arena_create(1 << 20);
	struct uuid_map *map = uuid_map_create(arena, 3);
	struct uuid ids[3] = {{{1, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9}},
		{{2, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9}},
		{{3, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9}}};
	int values[2];

	uuid_map_put(map, &ids[0], &values[0]);
	uuid_map_put(map, &ids[1], &values[1]);
	expect(uuid_map_get(map, &ids[0]) == &values[0]);
	expect(uuid_map_get(map, &ids[1]) == &values[1]);
	expect(uuid_map_get(map, &ids[2]) == NULL);
	arena_destroy(arena);
}

TESTS("uuid map", TEST_CASE(finds_what_was_put_and_nothing_else), TEST_CASE(keeps_the_first_of_two),
	TEST_CASE(tells_ids_apart_that_hash_alike))
