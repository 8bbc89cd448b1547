#include "world.h"

#include <assert.h>
#include <string.h>

static const char *const methods[] = {"card_ok", "card_ok", "card_ok", "card_declined"};
static const char *const products[WORLD_PRODUCTS] = {"sku-a", "sku-b", "sku-c"};

const struct order_policy world_policy = {
	.step_timeout_us = 1000,
	.pause_max_us = 4000,
	.asks_max = 2,
};

/* xorshift64*: the same numbers from the same seed, on any machine. */
uint32_t world_random(struct world *world, uint32_t below)
{
	world->random ^= world->random >> 12;
	world->random ^= world->random << 25;
	world->random ^= world->random >> 27;
	return (uint32_t)((world->random * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % below;
}

/* What the decisions emitted since @mark goes to the bus. */
static void post(struct world *world, size_t mark, int order)
{
	for (size_t i = mark; i < world->out.count; i++) {
		const struct emission *emission = &world->out.emissions[i];

		assert(world->letters_count < WORLD_LETTERS_MAX);
		world->letters[world->letters_count++] = (struct letter){
			.id = emission->id,
			.key = emission->key,
			.topic = emission->topic,
			.bytes = emission->payload,
			.size = emission->payload_size,
			.order = order,
		};
	}
}

/* What every process of order does: decide on a copy, keep it with its history. */
static enum outcome apply(struct world *world, int index, const struct order_input *input,
	const struct letter *letter)
{
	struct world_order *all = &world->orders[index];
	struct order order = all->order;
	enum outcome outcome = order_apply(&order, input, &world_policy, &world->out);

	world->out.sequence = NULL;
	if (outcome != APPLIED)
		return outcome;
	assert(all->history_count < WORLD_HISTORY_MAX);
	all->history[all->history_count++] = (struct order_history_row){
		.order_id = order.id,
		.version = order.version,
		.trigger = input->trigger,
		.asks_max = world_policy.asks_max,
		.from = all->order.step,
		.to = order.step,
		.event = letter ? letter->bytes : NULL,
		.event_size = letter ? letter->size : 0,
		.at_us = world->out.now_us,
	};
	world->stuck += order.stuck && !all->order.stuck;
	all->order = order;
	return outcome;
}

static void place(struct world *world, int index)
{
	struct world_order *all = &world->orders[index];
	struct order_item *items = arena_array(world->arena, 2, sizeof(*items));
	size_t mark = outbox_mark(&world->out);

	for (size_t i = 0; i < 2; i++) {
		items[i].product_id = products[(world_random(world, 2) + i) % WORLD_PRODUCTS];
		items[i].quantity = (int32_t)world_random(world, 5) + 1;
		items[i].price = world_random(world, 1000) + 1;
	}
	if (strcmp(items[0].product_id, items[1].product_id) == 0)
		items[1].product_id = "sku-c";
	all->order.id = uuid_make(world->out.now_us);
	all->order.customer_id = "customer";
	all->order.payment_method = methods[world_random(world, 4)];
	all->order.items = items;
	all->order.items_count = 2;
	assert(order_total(items, 2, &all->order.total_amount) == 0);
	all->payment.order_id = all->reservation.order_id = all->order.id;
	all->cancels = world_random(world, 3) == 0;
	assert(apply(world, index, &(struct order_input){.trigger = ORDER_ON_CREATE}, NULL) ==
		APPLIED);
	post(world, mark, index);
}

void world_init(struct world *world, uint64_t seed)
{
	*world = (struct world){.arena = arena_create(64u << 20), .random = seed * 2 + 1};
	outbox_init(&world->out, world->arena, INT64_C(1700000000000000));
	for (int i = 0; i < 8; i++)
		world_random(world, 2);
	for (size_t i = 0; i < WORLD_PRODUCTS; i++) {
		world->initial[i] = 20 + (int64_t)world_random(world, 60);
		world->rows[i] =
			(struct stock){.product_id = products[i], .on_hand = world->initial[i]};
	}
	world->stock = (struct stock_table){.rows = world->rows, .count = WORLD_PRODUCTS};
	for (int i = 0; i < WORLD_ORDERS; i++)
		place(world, i);
}

void world_finish(struct world *world)
{
	arena_destroy(world->arena);
}

/* What the next question is: what is to be asked now, or what is overdue one day. */
static void ask(struct world_order *all, const struct payment *payment)
{
	if (payment->due_at_us == 0)
		return;
	all->call =
		(struct provider_call){.question = payment->ask ? payment->ask : payment->ask_later,
			.payment_id = payment->id,
			.refund_id = payment->refund_id,
			.amount = payment->amount};
}

static void keep_payment(struct world_order *all, const struct payment *payment)
{
	bool was_taken = all->payment.status == PAYMENT_SUCCEEDED ||
		all->payment.status == PAYMENT_REFUNDING;
	bool is_taken =
		payment->status == PAYMENT_SUCCEEDED || payment->status == PAYMENT_REFUNDING;

	if (!was_taken && is_taken) {
		all->captured += payment->amount;
		all->captures++;
	}
	if (was_taken && payment->status == PAYMENT_REFUNDED)
		all->refunded += payment->amount;
	all->payment = *payment;
}

static enum outcome pay(
	struct world *world, struct world_order *all, enum event_type type, const void *event)
{
	struct payment payment = all->payment;
	enum outcome outcome = payment_on_event(&payment, type, event, &world->out);

	if (outcome == APPLIED) {
		if (payment.ask && payment.due_at_us != all->payment.due_at_us)
			ask(all, &payment);
		keep_payment(all, &payment);
	}
	return outcome;
}

/* The provider does what it is asked once, and in a third of the cases does not say so. */
static enum provider_answer provide(struct world *world, struct world_order *all)
{
	bool refuses = strcmp(all->order.payment_method, "card_declined") == 0;
	enum provider_question question = all->call.question;

	if (world_random(world, 6) == 0)
		return PROVIDER_UNAVAILABLE;
	all->call.reason = "card_declined";
	if (question == PROVIDER_CHARGE && !all->at_provider)
		all->at_provider = refuses ? PROVIDER_DECLINED : PROVIDER_CHARGED;
	if (question == PROVIDER_CANCEL && !all->at_provider) {
		all->at_provider = PROVIDER_DECLINED;
		all->call.reason = PROVIDER_CANCELLED;
	}
	if (question == PROVIDER_REFUND && all->at_provider == PROVIDER_CHARGED)
		all->at_provider = PROVIDER_REFUNDED;
	if (world_random(world, 3) == 0)
		return PROVIDER_NO_ANSWER;
	return all->at_provider ? all->at_provider : PROVIDER_NOT_FOUND;
}

/* A question of some order is answered; false when none is open. */
static bool answer_one(struct world *world)
{
	uint32_t start = world_random(world, WORLD_ORDERS);

	for (int i = 0; i < WORLD_ORDERS; i++) {
		int index = (int)((start + (uint32_t)i) % WORLD_ORDERS);
		struct world_order *all = &world->orders[index];
		size_t mark = outbox_mark(&world->out);
		struct payment payment = all->payment;

		if (!all->call.question)
			continue;
		world->out.sequence = NULL;
		all->call.answer = provide(world, all);
		world->unanswered += all->call.answer == PROVIDER_NO_ANSWER;
		assert(payment_on_answer(&payment, &all->call, &world->out) == APPLIED);
		all->call.question = PROVIDER_NOTHING;
		ask(all, &payment);
		keep_payment(all, &payment);
		post(world, mark, index);
		return true;
	}
	return false;
}

static enum outcome stock(
	struct world *world, struct world_order *all, enum event_type type, const void *event)
{
	struct reservation reservation = all->reservation;
	enum outcome outcome =
		inventory_on_event(&reservation, &world->stock, type, event, &world->out);

	if (outcome == APPLIED)
		all->reservation = reservation;
	return outcome;
}

static enum outcome orchestrate(
	struct world *world, const struct letter *letter, enum event_type type, const void *event)
{
	const struct order_input input = {.trigger = order_trigger_of(type), .event = event};

	return apply(world, letter->order, &input, letter);
}

static void deliver(struct world *world, const struct letter *letter)
{
	struct world_order *all = &world->orders[letter->order];
	size_t mark = outbox_mark(&world->out);
	enum event_type type;
	enum outcome outcome;
	const void *event;

	assert(event_decode(letter->bytes, letter->size, world->arena, &type, &event) == 0);
	if (strcmp(letter->topic, "payment.requests") == 0)
		outcome = pay(world, all, type, event);
	else if (strcmp(letter->topic, "inventory.requests") == 0)
		outcome = stock(world, all, type, event);
	else if (strcmp(letter->topic, "order.events") == 0)
		outcome = IGNORED;
	else
		outcome = orchestrate(world, letter, type, event);
	world->poisoned += outcome == POISON;
	world->ignored += outcome == IGNORED;
	if (outcome == POISON)
		world->poison = world->out.reason;
	if (outcome == APPLIED)
		post(world, mark, letter->order);
	else
		outbox_rewind(&world->out, mark);
}

/* The first of its topic and key that has not been taken: a partition's order. */
static bool is_next(const struct world *world, const struct letter *letter)
{
	for (const struct letter *before = world->letters; before < letter; before++) {
		if (!before->taken && before->order == letter->order &&
			strcmp(before->topic, letter->topic) == 0)
			return false;
	}
	return true;
}

static bool deliver_any(struct world *world)
{
	size_t start = world_random(world, (uint32_t)world->letters_count);

	if (world_random(world, 2) == 0 && answer_one(world))
		return true;
	for (size_t i = 0; i < world->letters_count; i++) {
		struct letter *letter = &world->letters[(start + i) % world->letters_count];

		if (letter->taken ? letter->again : !is_next(world, letter))
			continue;
		if (letter->taken) {
			letter->again = true;
			/* Some are told twice, others never again. */
			if (world_random(world, 3) > 0)
				continue;
			world->repeated++;
		}
		letter->taken = true;
		deliver(world,
			&(struct letter){.topic = letter->topic,
				.bytes = letter->bytes,
				.size = letter->size,
				.order = letter->order});
		return true;
	}
	return answer_one(world);
}

/* Time passes until this order's deadline, whether its answer is on the way or not. */
static bool pass_deadline(struct world *world, int index)
{
	const struct order *order = &world->orders[index].order;
	enum order_step before = order->step;
	size_t mark = outbox_mark(&world->out);

	if (order_is_terminal(order))
		return false;
	if (world->out.now_us < order->deadline_us)
		world->out.now_us = order->deadline_us;
	assert(apply(world, index, &(struct order_input){.trigger = ORDER_ON_DEADLINE}, NULL) ==
		APPLIED);
	world->gave_up += order->step != before;
	post(world, mark, index);
	return true;
}

static bool change_mind(struct world *world, int index)
{
	struct world_order *all = &world->orders[index];
	size_t mark = outbox_mark(&world->out);
	enum outcome outcome;

	if (!all->cancels)
		return false;
	all->cancels = false;
	outcome = apply(world, index, &(struct order_input){.trigger = ORDER_ON_CANCEL}, NULL);
	world->cancelled += outcome == APPLIED;
	world->refused += outcome == POISON;
	post(world, mark, index);
	return true;
}

/* One step in so many is a deadline: more would be a world without answers. */
#define IMPATIENCE 5

bool world_step(struct world *world)
{
	int index = (int)world_random(world, WORLD_ORDERS);

	world->out.now_us++;
	if (world_random(world, IMPATIENCE) == 0 && pass_deadline(world, index))
		return true;
	if (world_random(world, 12) == 0 && change_mind(world, index))
		return true;
	return deliver_any(world);
}
