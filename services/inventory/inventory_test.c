#include "inventory.h"

#include <testkit/testkit.h>

struct desk {
	struct arena *arena;
	struct outbox out;
	struct stock rows[2];
	struct stock_table stock;
	struct reservation reservation;
	struct order_inventory_requested_item items[2];
	struct order_inventory_requested request;
	struct release_inventory release;
};

/* 10 cups and 3 teas on hand; the order wants @cups and @teas. */
static void desk_open(struct desk *desk, int32_t cups, int32_t teas)
{
	*desk = (struct desk){.arena = arena_create(1 << 20)};
	outbox_init(&desk->out, desk->arena, 1700000000000000);
	desk->rows[0] = (struct stock){.product_id = "sku-tea", .on_hand = 3};
	desk->rows[1] = (struct stock){.product_id = "sku-cup", .on_hand = 10};
	desk->stock = (struct stock_table){.rows = desk->rows, .count = 2};
	stock_table_sort(&desk->stock);
	desk->reservation.order_id = uuid_make(1000);
	desk->items[0].product_id = "sku-cup";
	desk->items[0].quantity = cups;
	desk->items[1].product_id = "sku-tea";
	desk->items[1].quantity = teas;
	desk->request = (struct order_inventory_requested){
		.order_id = desk->reservation.order_id,
		.request_id = uuid_make(1000),
		.items = desk->items,
		.items_count = 2,
	};
	desk->release = (struct release_inventory){.order_id = desk->reservation.order_id,
		.request_id = uuid_make(1000),
		.reason = "cancelled"};
}

static enum outcome reserve(struct desk *desk)
{
	return inventory_on_requested(&desk->reservation, &desk->stock, &desk->request, &desk->out);
}

static enum outcome give_back(struct desk *desk)
{
	return inventory_on_release(&desk->reservation, &desk->stock, &desk->release, &desk->out);
}

static void expect_stock(
	const struct desk *desk, const char *product, int64_t on_hand, int64_t reserved)
{
	const struct stock *row = stock_find(&desk->stock, product);

	expect_int(row->on_hand, on_hand);
	expect_int(row->reserved, reserved);
}

static void expect_emitted(const struct desk *desk, size_t index, const char *type)
{
	expect(index < desk->out.count);
	expect_text(desk->out.emissions[index].type, type);
}

TEST(reserves_all_items_of_an_order)
{
	struct desk desk;

	desk_open(&desk, 4, 3);
	expect_int(reserve(&desk), APPLIED);
	expect_int(desk.reservation.status, RESERVATION_RESERVED);
	expect_stock(&desk, "sku-cup", 6, 4);
	expect_stock(&desk, "sku-tea", 0, 3);
	expect_emitted(&desk, 0, "InventoryReserved");
	arena_destroy(desk.arena);
}

TEST(reserves_nothing_when_one_item_is_missing)
{
	struct desk desk;
	struct inventory_failed failed;

	desk_open(&desk, 4, 4);
	expect_int(reserve(&desk), APPLIED);
	expect_int(desk.reservation.status, RESERVATION_FAILED);
	expect_stock(&desk, "sku-cup", 10, 0);
	expect_stock(&desk, "sku-tea", 3, 0);
	expect_emitted(&desk, 0, "InventoryFailed");
	expect_ok(inventory_failed_decode(desk.out.emissions[0].payload,
		desk.out.emissions[0].payload_size, desk.arena, &failed));
	expect_int(failed.failed_items_count, 1);
	expect_text(failed.failed_items[0].product_id, "sku-tea");
	expect_int(failed.failed_items[0].requested_quantity, 4);
	expect_int(failed.failed_items[0].available_quantity, 3);
	arena_destroy(desk.arena);
}

TEST(fails_for_a_product_it_does_not_have)
{
	struct desk desk;

	desk_open(&desk, 1, 1);
	desk.items[1].product_id = "sku-none";
	expect_int(reserve(&desk), APPLIED);
	expect_int(desk.reservation.status, RESERVATION_FAILED);
	expect_stock(&desk, "sku-cup", 10, 0);
	arena_destroy(desk.arena);
}

TEST(answers_twice_and_reserves_once)
{
	struct desk desk;

	desk_open(&desk, 4, 3);
	reserve(&desk);
	expect_int(reserve(&desk), APPLIED);
	expect_int(desk.out.count, 2);
	expect_emitted(&desk, 1, "InventoryReserved");
	expect_stock(&desk, "sku-cup", 6, 4);
	arena_destroy(desk.arena);
}

TEST(poisons_a_second_reservation_for_the_order)
{
	struct desk desk;

	desk_open(&desk, 1, 1);
	reserve(&desk);
	desk.request.request_id = uuid_make(1000);
	expect_int(reserve(&desk), POISON);
	arena_destroy(desk.arena);
}

TEST(poisons_quantities_and_lists_that_cannot_be)
{
	struct desk desk;

	desk_open(&desk, -1, 1);
	expect_int(reserve(&desk), POISON);
	arena_destroy(desk.arena);
	desk_open(&desk, 1, 1);
	desk.items[1].product_id = "sku-cup";
	expect_int(reserve(&desk), POISON);
	arena_destroy(desk.arena);
	desk_open(&desk, 1, 1);
	desk.request.items_count = 0;
	expect_int(reserve(&desk), POISON);
	arena_destroy(desk.arena);
}

TEST(gives_back_what_was_reserved_once)
{
	struct desk desk;

	desk_open(&desk, 4, 3);
	reserve(&desk);
	expect_int(give_back(&desk), APPLIED);
	expect_int(desk.reservation.status, RESERVATION_RELEASED);
	expect_stock(&desk, "sku-cup", 10, 0);
	expect_int(give_back(&desk), APPLIED);
	expect_stock(&desk, "sku-cup", 10, 0);
	expect_emitted(&desk, 2, "InventoryReleased");
	arena_destroy(desk.arena);
}

TEST(refuses_a_request_that_comes_after_its_release)
{
	struct desk desk;

	desk_open(&desk, 4, 3);
	expect_int(give_back(&desk), APPLIED);
	expect_emitted(&desk, 0, "InventoryReleased");
	expect_int(reserve(&desk), APPLIED);
	expect_emitted(&desk, 1, "InventoryFailed");
	expect_int(desk.reservation.status, RESERVATION_RELEASED);
	expect_stock(&desk, "sku-cup", 10, 0);
	arena_destroy(desk.arena);
}

TESTS("inventory", TEST_CASE(reserves_all_items_of_an_order),
	TEST_CASE(reserves_nothing_when_one_item_is_missing),
	TEST_CASE(fails_for_a_product_it_does_not_have), TEST_CASE(answers_twice_and_reserves_once),
	TEST_CASE(poisons_a_second_reservation_for_the_order),
	TEST_CASE(poisons_quantities_and_lists_that_cannot_be),
	TEST_CASE(gives_back_what_was_reserved_once),
	TEST_CASE(refuses_a_request_that_comes_after_its_release))
