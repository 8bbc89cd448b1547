#include "stale.h"

#include <events/events.h>
#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

static const struct uuid order = {{1}}, reservation = {{2}};
static struct stale stale;

static void note_bytes(const void *bytes, size_t size)
{
	ARENA_CLEAN struct arena *arena = arena_create(0);

	stale_note(&stale, &(struct bus_message){.value = bytes, .value_size = size}, arena);
}

static void note(enum event_type type, const void *event)
{
	BUFFER_CLEAN struct buffer bytes;

	buffer_init(&bytes, 0);
	expect_ok(event_encode(type, event, &bytes));
	note_bytes(bytes.data, bytes.size);
}

static void note_reserved(const struct inventory_reserved_item *items, size_t count)
{
	note(EVENT_INVENTORY_RESERVED,
		&(struct inventory_reserved){.order_id = order,
			.reservation_id = reservation,
			.items = items,
			.items_count = count});
}

TEST(names_the_products_of_a_reservation_and_the_list_once_each)
{
	static const struct inventory_reserved_item items[] = {{"tea", 1}, {"pot", 2}, {"tea", 3}};

	note_reserved(items, 3);
	note_reserved(items, 1);
	expect_int(stale.count, 3);
	expect_text(stale.keys[0], "products");
	expect_text(stale.keys[1], "product:tea");
	expect_text(stale.keys[2], "product:pot");
	expect(!stale.all && !stale.unread);
}

TEST(names_nothing_when_nothing_was_reserved)
{
	note(EVENT_INVENTORY_FAILED,
		&(struct inventory_failed){.order_id = order, .failure_reason = "out of stock"});
	expect_int(stale.count, 0);
	expect(!stale.all && !stale.unread);
}

TEST(names_all_when_a_release_does_not_say_which)
{
	note(EVENT_INVENTORY_RELEASED, &(struct inventory_released){.order_id = order});
	expect(stale.all && !stale.unread);
}

TEST(names_all_when_a_message_cannot_be_read)
{
	static const char *const rubbish[] = {"", "x", "rubbish that is longer than a header"};

	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++) {
		stale = (struct stale){0};
		note_bytes(rubbish[i], strlen(rubbish[i]));
		expect(stale.all && stale.unread);
	}
	stale = (struct stale){0};
	note_bytes(NULL, 0);
	expect(stale.all && stale.unread);
}

TEST(names_all_when_there_are_too_many_to_name)
{
	struct inventory_reserved_item items[STALE_KEYS_MAX];
	char ids[STALE_KEYS_MAX][65];

	for (size_t i = 0; i < STALE_KEYS_MAX; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "%064zu", i);
		items[i] = (struct inventory_reserved_item){.product_id = ids[i], .quantity = 1};
	}
	note_reserved(items, STALE_KEYS_MAX - 1);
	expect(!stale.all);
	expect_int(strlen(stale.keys[STALE_KEYS_MAX - 1]), strlen("product:") + 64);
	note_reserved(items, STALE_KEYS_MAX);
	expect(stale.all);
}

TESTS("gateway stale", TEST_CASE(names_the_products_of_a_reservation_and_the_list_once_each),
	TEST_CASE(names_nothing_when_nothing_was_reserved),
	TEST_CASE(names_all_when_a_release_does_not_say_which),
	TEST_CASE(names_all_when_a_message_cannot_be_read),
	TEST_CASE(names_all_when_there_are_too_many_to_name))
