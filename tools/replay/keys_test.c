#include "keys.h"

#include <testkit/testkit.h>

#include <stdio.h>

TEST(counts_each_key_once_however_many_there_are)
{
	struct keys *keys = keys_create();
	char key[24];

	expect_int(keys_count(keys), 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 10000; i++)
			keys_add(keys, key, (size_t)snprintf(key, sizeof(key), "order-%d", i));
	}
	expect_int(keys_count(keys), 10000);
	keys_add(keys, "", 0);
	keys_add(keys, "order-1\0", 8);
	expect_int(keys_count(keys), 10002);
	keys_destroy(keys);
	keys_destroy(NULL);
}

TESTS("replay keys", TEST_CASE(counts_each_key_once_however_many_there_are))
