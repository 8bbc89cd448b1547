#include "loop_desk.h"

#include "analytics/handle.h"
#include "analytics_sql.h"
#include "inventory/handle.h"
#include "inventory_sql.h"
#include "order/handle.h"
#include "order_sql.h"
#include "payment/handle.h"
#include "payment/teller.h"
#include "payment_sql.h"

#include <base/clock.h>
#include <bus/fake.h>
#include <runtime/answer.h>
#include <stdio.h>
#include <store/message.h>
#include <store/migrate.h>
#include <string.h>
#include <testkit/testkit.h>

static int passes_left;
void (*meanwhile)(void);
int meanwhile_left = 3;

/* A loop runs for so many passes; with a bus that never waits that is soon. */
static bool stopping(void)
{
	if (meanwhile && passes_left == meanwhile_left)
		meanwhile();
	return passes_left-- <= 0;
}

static void migrate(const char *url, const struct handler *handler, const struct migration *own)
{
	const struct store_config config = {.url = url,
		.application = "loop_test",
		.connect_timeout_ms = 5000,
		.statement_timeout_ms = 5000};
	struct store *store = store_create(&config);
	int applied;

	expect_ok(store_migrate(store, store_message_migrations, &applied));
	if (handler->publish == PUBLISH_TRANSACTION)
		expect_ok(store_migrate(store, runtime_answer_migrations, &applied));
	expect_ok(store_migrate(store, own, &applied));
	store_destroy(store);
}

static void desk_open(struct desk *desk, const struct handler *handler, const char *const *scripts,
	const struct migration *own)
{
	const char *url = testkit_database_url();

	*desk = (struct desk){.handler = handler, .arena = arena_create(1 << 20)};
	migrate(url, handler, own);
	desk->config = (struct store_config){.url = url,
		.application = "loop_test",
		.scripts = scripts,
		.connect_timeout_ms = 5000,
		.statement_timeout_ms = 5000};
	desk->store = store_create(&desk->config);
	expect_ok(store_ready(desk->store));
	fake_reset();
	fake_may_wait(false);
	fake_topic("order.events", 1);
	fake_topic("payment.requests", 1);
	fake_topic("payment.events", 1);
	fake_topic("inventory.requests", 1);
	fake_topic("inventory.events", 1);
	fake_topic("analytics.events", 1);
	fake_topic("dlq.analytics", 1);
	fake_topic("dlq.order", 1);
	fake_topic("dlq.payment", 1);
	fake_topic("dlq.inventory", 1);
}

void open_payment(struct desk *desk)
{
	static const char *const scripts[] = {store_sql_message, sql_payment, NULL};

	desk_open(desk, &payment_handler, scripts, payment_migrations);
}

void open_inventory(struct desk *desk)
{
	static const char *const scripts[] = {
		store_sql_message, runtime_sql_answer, sql_inventory, NULL};

	desk_open(desk, &inventory_handler, scripts, inventory_migrations);
	expect_ok(store_execute(desk->store,
		"INSERT INTO stock (product_id, initial, on_hand) VALUES ('sku-cup', 10, 10)"));
}

void open_order(struct desk *desk)
{
	static const char *const scripts[] = {store_sql_message, sql_order, sql_api, NULL};

	order_policy = (struct order_policy){
		.step_timeout_us = 60 * US_PER_S, .pause_max_us = 60 * US_PER_S, .asks_max = 3};
	desk_open(desk, &order_handler, scripts, order_migrations);
}

void open_analytics(struct desk *desk)
{
	static const char *const scripts[] = {
		store_sql_message, runtime_sql_answer, sql_analytics, NULL};

	desk_open(desk, &analytics_handler, scripts, analytics_migrations);
}

void desk_close(struct desk *desk)
{
	store_destroy(desk->store);
	arena_destroy(desk->arena);
}

/* The provider's ledger is in the same database, on a line of its own. */
static struct tellers *open_tellers(const struct desk *desk)
{
	static const char *const scripts[] = {sql_provider, NULL};
	static struct store_config ledger;
	struct tellers *tellers;

	ledger = desk->config;
	ledger.scripts = scripts;
	expect_ok(tellers_start(
		&(struct teller_config){
			.store = &desk->config, .provider = {.store = &ledger}, .count = 1},
		&tellers));
	return tellers;
}

/* One member of the group, from its start to its end. */
int work(struct desk *desk, int passes)
{
	bool asks_provider = desk->handler->committed == payment_handler.committed;
	struct tellers *tellers = asks_provider ? open_tellers(desk) : NULL;
	const struct loop_config config = {.handler = desk->handler,
		.service = desk->handler->group,
		.member = "desk-1",
		.bootstrap = "fake",
		.store = &desk->config,
		.inbox_days = 45,
		.outbox_days = 30,
		.sweep = desk->sweep,
		.context = tellers ? (void *)tellers : (void *)&desk->service,
		.stopping = stopping};
	struct loop *loop;
	int r;

	expect_ok(loop_create(&config, &loop));
	passes_left = passes;
	r = loop_run(loop);
	loop_destroy(loop);
	/* Ends when every question is answered. */
	tellers_stop(tellers);
	return r;
}

int64_t number(struct desk *desk, const char *sql)
{
	static int questions;
	struct store_result *rows = NULL;
	char prepared[512], name[32];
	int64_t value;

	snprintf(name, sizeof(name), "number_%d", ++questions);
	snprintf(prepared, sizeof(prepared), "PREPARE %s AS %s", name, sql);
	expect_ok(store_execute(desk->store, prepared));
	store_queue(desk->store, name, NULL);
	expect_ok(store_run(desk->store, &rows, 1));
	value = store_get_long(rows, 0, 0);
	store_results_free(&rows, 1);
	return value;
}

/* ---- what comes in ---- */

void feed(const char *topic, const struct uuid *id, const struct uuid *order_id, const void *value,
	size_t size)
{
	char key[UUID_TEXT_SIZE], text[UUID_TEXT_SIZE];
	const struct bus_header header = {"id", uuid_format(id, text), UUID_TEXT_SIZE - 1};

	fake_feed(topic,
		&(struct bus_record){.partition = 0,
			.key = uuid_format(order_id, key),
			.key_size = UUID_TEXT_SIZE - 1,
			.value = value,
			.value_size = size,
			.headers = &header,
			.header_count = 1});
}

void feed_charge_of(struct desk *desk, const struct uuid *order_id, money_t amount)
{
	struct uuid id = uuid_make(clock_now_us());
	struct outbox out;

	outbox_init(&out, desk->arena, clock_now_us());
	EMIT(&out, order_payment_requested, .order_id = *order_id, .request_id = id,
		.amount = amount, .payment_method = "card_ok", .requested_at_us = 1);
	feed("payment.requests", &id, order_id, out.emissions[0].payload,
		out.emissions[0].payload_size);
}

void feed_charge(struct desk *desk, money_t amount)
{
	struct uuid order_id = uuid_make(clock_now_us());

	feed_charge_of(desk, &order_id, amount);
}

void feed_refund_of(struct desk *desk, const struct uuid *order_id, money_t amount)
{
	struct uuid id = uuid_make(clock_now_us());
	struct outbox out;

	outbox_init(&out, desk->arena, clock_now_us());
	EMIT(&out, refund_payment, .order_id = *order_id, .request_id = id, .amount = amount,
		.reason = "no stock", .requested_at_us = 1);
	feed("payment.requests", &id, order_id, out.emissions[0].payload,
		out.emissions[0].payload_size);
}

void feed_paid(struct desk *desk, const struct uuid *order_id, int64_t at_ms)
{
	struct uuid id = uuid_make(clock_now_us());
	char key[UUID_TEXT_SIZE], text[UUID_TEXT_SIZE];
	const struct bus_header header = {"id", uuid_format(&id, text), UUID_TEXT_SIZE - 1};
	struct outbox out;

	outbox_init(&out, desk->arena, clock_now_us());
	EMIT(&out, payment_succeeded, .payment_id = id, .order_id = *order_id, .amount = 100,
		.processed_at_us = 1);
	fake_feed("payment.events",
		&(struct bus_record){.key = uuid_format(order_id, key),
			.key_size = UUID_TEXT_SIZE - 1,
			.value = out.emissions[0].payload,
			.value_size = out.emissions[0].payload_size,
			.headers = &header,
			.header_count = 1,
			.timestamp_ms = at_ms});
}

void feed_reservation_of(struct desk *desk, const struct uuid *order_id, int32_t quantity)
{
	struct uuid id = uuid_make(clock_now_us());
	const struct order_inventory_requested_item item = {
		.product_id = "sku-cup", .quantity = quantity};
	struct outbox out;

	outbox_init(&out, desk->arena, clock_now_us());
	EMIT(&out, order_inventory_requested, .order_id = *order_id, .request_id = id,
		.items = &item, .items_count = 1, .requested_at_us = 1);
	feed("inventory.requests", &id, order_id, out.emissions[0].payload,
		out.emissions[0].payload_size);
}

void feed_reservation(struct desk *desk, int32_t quantity)
{
	struct uuid order_id = uuid_make(clock_now_us());

	feed_reservation_of(desk, &order_id, quantity);
}

struct uuid feed_refused(struct desk *desk)
{
	struct uuid order_id = uuid_make(clock_now_us());

	feed_refund_of(desk, &order_id, -5);
	return order_id;
}

void expect_header(const char *topic, size_t index, const char *name, const char *want)
{
	struct bus_message message = fake_message(topic, index);
	struct bus_header header;

	expect(bus_header_find(&message, name, &header));
	expect_bytes(header.value, header.size, want, strlen(want));
}
