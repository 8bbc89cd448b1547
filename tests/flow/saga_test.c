#include "world.h"

#include <base/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

#define SEEDS 2000

/* What was seen over all seeds: a run in which nothing happened proves nothing. */
struct seen {
	int completed, declined, refunded, repeated, ignored, unanswered;
	int gave_up, stuck, cancelled, refused, rebuilt;
};

static void check_order(const struct world_order *all, uint64_t seed, struct seen *seen)
{
	const struct order *order = &all->order;
	bool taken = all->at_provider == PROVIDER_CHARGED;
	money_t kept = all->captured - all->refunded;
	bool completed = order->step == ORDER_COMPLETED;

	if (!order_is_terminal(order))
		fail_test("seed %llu: an order is left %s", (unsigned long long)seed,
			order_step_name(order->step));
	if (kept != (completed ? order->total_amount : 0) || all->captures > 1)
		fail_test("seed %llu: S3: captured %lld in %d, refunded %lld, total %lld",
			(unsigned long long)seed, (long long)all->captured, all->captures,
			(long long)all->refunded, (long long)order->total_amount);
	if (taken != (all->payment.status == PAYMENT_SUCCEEDED))
		fail_test("seed %llu: S3: the provider %s the money of a payment that is %s",
			(unsigned long long)seed, taken ? "has" : "has not",
			payment_status_name(all->payment.status));
	if (!completed && all->reservation.status == RESERVATION_RESERVED)
		fail_test("seed %llu: S4: a cancelled order keeps its stock",
			(unsigned long long)seed);
	seen->completed += completed;
	seen->declined += !completed && all->captures == 0;
	seen->refunded += all->refunded > 0;
}

/* S5: the history is a path of the saga's table, and the order is what it makes of it. */
static void check_history(
	struct world *world, const struct world_order *all, uint64_t seed, struct seen *seen)
{
	BUFFER_CLEAN struct buffer words = {0};
	struct order replayed;

	buffer_init(&words, 0);
	if (order_replay(&all->order, all->history, all->history_count, world->arena, &replayed) <
		0)
		fail_test("seed %llu: S5: %s", (unsigned long long)seed, fault_text());
	if (order_differs(&all->order, &replayed, &words))
		fail_test("seed %llu: S5: %s", (unsigned long long)seed, words.data);
	seen->rebuilt++;
}

static void check_stock(const struct world *world, uint64_t seed)
{
	for (size_t i = 0; i < WORLD_PRODUCTS; i++) {
		const struct stock *row = &world->rows[i];

		if (row->on_hand < 0 || row->on_hand + row->reserved != world->initial[i])
			fail_test("seed %llu: S4: %s: %lld on hand, %lld reserved, %lld at first",
				(unsigned long long)seed, row->product_id, (long long)row->on_hand,
				(long long)row->reserved, (long long)world->initial[i]);
	}
}

static void run(uint64_t seed, struct seen *seen)
{
	static struct world world;

	world_init(&world, seed);
	while (world_step(&world))
		;
	for (int i = 0; i < WORLD_ORDERS; i++) {
		check_order(&world.orders[i], seed, seen);
		check_history(&world, &world.orders[i], seed, seen);
	}
	check_stock(&world, seed);
	if (world.poisoned > 0)
		fail_test("seed %llu: %d dead letters, the last: %s", (unsigned long long)seed,
			world.poisoned, world.poison);
	seen->repeated += world.repeated;
	seen->ignored += world.ignored;
	seen->unanswered += world.unanswered;
	seen->gave_up += world.gave_up;
	seen->stuck += world.stuck;
	seen->cancelled += world.cancelled;
	seen->refused += world.refused;
	world_finish(&world);
}

TEST(ends_every_order_with_money_and_stock_in_balance)
{
	const char *only = getenv("SAGA_SEED");
	struct seen seen = {0};

	if (only) {
		run(strtoull(only, NULL, 10), &seen);
		return;
	}
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed, &seen);
	printf("%d seeds: %d completed, %d declined, %d refunded, %d told twice, %d ignored,"
	       " %d not answered by the provider\n",
		SEEDS, seen.completed, seen.declined, seen.refunded, seen.repeated, seen.ignored,
		seen.unanswered);
	printf("%d gave up waiting, %d were stuck, %d cancelled, %d cancelled too late, %d "
	       "rebuilt\n",
		seen.gave_up, seen.stuck, seen.cancelled, seen.refused, seen.rebuilt);
	expect(seen.gave_up > SEEDS && seen.stuck > SEEDS);
	expect(seen.cancelled > SEEDS && seen.refused > SEEDS);
	expect_int(seen.rebuilt, SEEDS * WORLD_ORDERS);
	expect(seen.completed > SEEDS && seen.declined > SEEDS && seen.refunded > SEEDS);
	expect(seen.repeated > SEEDS && seen.ignored > SEEDS && seen.unanswered > SEEDS);
}

TESTS("saga",
	{"ends_every_order_with_money_and_stock_in_balance",
		ends_every_order_with_money_and_stock_in_balance, 100})
