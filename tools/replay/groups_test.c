#include "groups.h"

#include <testkit/testkit.h>

#include <string.h>

TEST(describes_every_group_of_the_system)
{
	const char *const names[] = {
		"order", "payment", "inventory", "notification", "analytics", "gateway"};

	for (size_t i = 0; i < 6; i++) {
		const struct group_description *group = group_find(names[i]);

		expect(group != NULL);
		expect_text(group->name, names[i]);
		expect(group->count > 0);
		for (size_t e = 0; e < group->count; e++)
			expect(*group->effects[e].effect && *group->effects[e].kept);
		expect_ok(group_check(names[i]));
	}
	expect(group_find("orders") == NULL);
	expect(group_find("") == NULL);
}

TEST(refuses_groups_that_are_places_of_publishers)
{
	expect_fault(group_check("relay.order"), FAULT_USAGE);
	expect_fault(group_check("analytics.published"), FAULT_USAGE);
	expect_fault(group_check(""), FAULT_USAGE);
	expect_ok(group_check("published"));
	expect_ok(group_check(".published"));
	expect_ok(group_check("somebody.else"));
}

TESTS("replay groups", TEST_CASE(describes_every_group_of_the_system),
	TEST_CASE(refuses_groups_that_are_places_of_publishers))
