/*
 * The two events that have two versions: each is read as the other, for real
 * bytes. And what an event of the system may hold.
 */
#include "samples.h"

#include <avro/schema.h>
#include <avro/wire.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <testkit/testkit.h>
#include <unistd.h>

#define AT_US INT64_C(1769853600000001)

static const struct uuid order_id = {{1, 2, 3, 4, 5, 6, 0x77, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}};

TEST(a_first_cancellation_is_read_by_todays_code)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	const struct order_cancelled_v1 old = {
		.order_id = order_id, .cancellation_reason = "late", .cancelled_at_us = AT_US};
	struct order_cancelled event;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(order_cancelled_v1_encode(&old, &out));
	expect_ok(order_cancelled_decode(out.data, out.size, arena, &event));
	expect_uuid(&event.order_id, &order_id);
	expect_text(event.customer_id, "");
	expect_text(event.cancellation_reason, "late");
	expect(!event.refunded);
	expect_int(event.cancelled_at_us, AT_US);
}

TEST(todays_cancellation_is_read_by_the_first_code)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	const struct order_cancelled new = {.order_id = order_id,
		.customer_id = "customer-42",
		.cancellation_reason = "late",
		.refunded = true,
		.cancelled_at_us = AT_US};
	struct order_cancelled_v1 event;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(order_cancelled_encode(&new, &out));
	expect_ok(order_cancelled_v1_decode(out.data, out.size, arena, &event));
	expect_uuid(&event.order_id, &order_id);
	expect_text(event.cancellation_reason, "late");
	expect_int(event.cancelled_at_us, AT_US);
}

TEST(completions_are_read_in_both_directions)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	const struct order_completed_v1 old = {.order_id = order_id, .completed_at_us = AT_US};
	const struct order_completed new = {
		.order_id = order_id, .customer_id = "customer-42", .completed_at_us = AT_US};
	struct order_completed_v1 as_old;
	struct order_completed as_new;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(order_completed_v1_encode(&old, &out));
	expect_ok(order_completed_decode(out.data, out.size, arena, &as_new));
	expect_text(as_new.customer_id, "");
	expect_int(as_new.completed_at_us, AT_US);
	buffer_reset(&out);
	expect_ok(order_completed_encode(&new, &out));
	expect_ok(order_completed_v1_decode(out.data, out.size, arena, &as_old));
	expect_uuid(&as_old.order_id, &order_id);
	expect_int(as_old.completed_at_us, AT_US);
}

TEST(an_old_message_becomes_the_latest_struct)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	const struct order_completed_v1 old = {.order_id = order_id, .completed_at_us = AT_US};
	enum event_type type = EVENT_TYPE_COUNT;
	const void *event = NULL;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(order_completed_v1_encode(&old, &out));
	expect_ok(event_decode(out.data, out.size, arena, &type, &event));
	expect_int(type, EVENT_ORDER_COMPLETED);
	expect_text(((const struct order_completed *)event)->customer_id, "");
}

static struct order_created_item items[101];

static struct order_created created(void)
{
	for (size_t i = 0; i < 101; i++)
		items[i] = (struct order_created_item){
			.product_id = "keyboard", .quantity = 1, .price = 100};
	return (struct order_created){.order_id = order_id,
		.customer_id = "customer-42",
		.total_amount = 10000,
		.items = items,
		.items_count = 100,
		.created_at_us = AT_US};
}

static void must_refuse(const struct order_created *event, const char *words)
{
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_fault(order_created_encode(event, &out), FAULT_INPUT);
	expect_text(fault_text(), words);
	expect_int(out.size, 0);
}

TEST(what_no_reader_would_take_is_not_written)
{
	char text[66] = {0};
	struct order_created event = created();
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	memset(text, 'x', 64);
	event.customer_id = text;
	expect_ok(order_created_encode(&event, &out));
	text[64] = 'x';
	must_refuse(&event, "OrderCreated.customerId: longer than 64 bytes");
	event.customer_id = NULL;
	must_refuse(&event, "OrderCreated.customerId: no text");
	event.customer_id = "\xff";
	must_refuse(&event, "OrderCreated.customerId: not UTF-8");
	event = created();
	event.items_count = 101;
	must_refuse(&event, "OrderCreated.items: more than 100 items");
	event = created();
	event.total_amount = MONEY_MAX + 1;
	must_refuse(&event, "OrderCreated.totalAmount: an amount beyond 18 digits");
	event = created();
	event.created_at_us = INT64_MAX;
	must_refuse(&event, "OrderCreated.createdAt: a time outside the years 1 to 9999");
	event = created();
	items[99].product_id = text;
	must_refuse(&event, "OrderCreatedItem.productId: longer than 64 bytes");
}

TEST(a_buffer_that_is_too_small_is_a_limit)
{
	struct order_created event = created();
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 100);
	expect_fault(order_created_encode(&event, &out), FAULT_LIMIT);
}

static void write_created(struct buffer *out, int64_t count)
{
	avro_write_header(out, event_info(EVENT_ORDER_CREATED)->schema_id);
	avro_write_uuid(out, &order_id);
	avro_write_string(out, "customer-42");
	avro_write_decimal(out, 10000);
	avro_write_long(out, count);
	for (int64_t i = 0; i < count; i++) {
		avro_write_string(out, "keyboard");
		avro_write_int(out, 1);
		avro_write_decimal(out, 100);
	}
	avro_write_long(out, 0);
	avro_write_long(out, AT_US);
}

TEST(more_items_than_allowed_are_not_read)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	struct order_created event;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	write_created(&out, 100);
	expect_ok(order_created_decode(out.data, out.size, arena, &event));
	expect_int(event.items_count, 100);
	buffer_reset(&out);
	write_created(&out, 101);
	expect_fault(order_created_decode(out.data, out.size, arena, &event), FAULT_INPUT);
	expect_text(fault_text(), "OrderCreated.items: too many items");
}

TEST(what_is_emitted_lies_in_the_outbox)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	struct outbox outbox;
	struct order_cancelled event;

	outbox_init(&outbox, arena, AT_US);
	EMIT(&outbox, order_cancelled, .order_id = order_id, .customer_id = "customer-42",
		.cancellation_reason = "late", .cancelled_at_us = outbox.now_us);
	expect_int(outbox.count, 1);
	expect_text(outbox.emissions[0].topic, "order.events");
	expect_text(outbox.emissions[0].type, "OrderCancelled");
	expect_uuid(&outbox.emissions[0].key, &order_id);
	expect_ok(order_cancelled_decode(
		outbox.emissions[0].payload, outbox.emissions[0].payload_size, arena, &event));
	expect_text(event.cancellation_reason, "late");
	expect_int(event.cancelled_at_us, AT_US);
}

/* Every text as long, every list as full as it may be: the room taken in the arena is enough. */
TEST(the_largest_event_is_emitted_whole)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	struct order_created event = created(), decoded;
	struct outbox outbox;
	char text[65];

	memset(text, 'x', 64);
	text[64] = '\0';
	event.customer_id = text;
	event.total_amount = -MONEY_MAX;
	for (size_t i = 0; i < 100; i++)
		items[i] = (struct order_created_item){
			.product_id = text, .quantity = INT32_MIN, .price = -MONEY_MAX};
	outbox_init(&outbox, arena, AT_US);
	order_created_emit(&outbox, &event);
	expect_ok(order_created_decode(
		outbox.emissions[0].payload, outbox.emissions[0].payload_size, arena, &decoded));
	expect_int(decoded.items_count, 100);
	expect_text(decoded.items[99].product_id, text);
	expect_int(decoded.items[99].price, -MONEY_MAX);
}

/* No text, whose length leaves room to spare: what is reckoned for a field is just enough. */
TEST(the_widest_values_are_emitted_whole)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	struct payment_refunded decoded;
	struct outbox outbox;

	outbox_init(&outbox, arena, AT_US);
	EMIT(&outbox, payment_refunded, .refund_id = order_id, .payment_id = order_id,
		.order_id = order_id, .amount = -MONEY_MAX,
		.refunded_at_us = INT64_C(-62135596800000000));
	expect_ok(payment_refunded_decode(
		outbox.emissions[0].payload, outbox.emissions[0].payload_size, arena, &decoded));
	expect_int(decoded.amount, -MONEY_MAX);
	expect_int(decoded.refunded_at_us, INT64_C(-62135596800000000));
}

/* Emits in a process of its own; true when that ended by abort(). */
static bool emit_aborts(const struct order_completed *event)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	struct outbox outbox;
	int status;
	pid_t child = fork();

	expect(child >= 0);
	if (child == 0) {
		fclose(stderr);
		outbox_init(&outbox, arena, AT_US);
		order_completed_emit(&outbox, event);
		_exit(0);
	}
	expect_int(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

TEST(a_decision_that_emits_nonsense_ends_the_process)
{
	struct order_completed event = {
		.order_id = order_id, .customer_id = "customer-42", .completed_at_us = AT_US};

	expect(!emit_aborts(&event));
	event.customer_id = NULL;
	expect(emit_aborts(&event));
	event.customer_id = "";
	event.order_id = (struct uuid){0};
	expect(emit_aborts(&event));
}

/* The topic map as the design has it; a change here is a change for every consumer. */
TEST(events_go_to_their_topics)
{
	static const struct {
		const char *name, *topic, *context;
	} map[] = {
		{"OrderCreated", "order.events", "order"},
		{"OrderCompleted", "order.events", "order"},
		{"OrderCancelled", "order.events", "order"},
		{"OrderPaymentRequested", "payment.requests", "order"},
		{"RefundPayment", "payment.requests", "order"},
		{"OrderInventoryRequested", "inventory.requests", "order"},
		{"ReleaseInventory", "inventory.requests", "order"},
		{"PaymentSucceeded", "payment.events", "payment"},
		{"PaymentFailed", "payment.events", "payment"},
		{"PaymentRefunded", "payment.events", "payment"},
		{"InventoryReserved", "inventory.events", "inventory"},
		{"InventoryFailed", "inventory.events", "inventory"},
		{"InventoryReleased", "inventory.events", "inventory"},
		{"AnalyticsProcessed", "analytics.events", "analytics"},
	};

	expect_int(sizeof(map) / sizeof(map[0]), EVENT_TYPE_COUNT);
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		enum event_type type;

		expect_ok(event_type_of(map[i].name, &type));
		expect_text(event_info(type)->topic, map[i].topic);
		expect_text(event_info(type)->context, map[i].context);
	}
}

TEST(what_the_schemas_say_is_what_their_ids_were_given_to)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	size_t count, versions;
	const struct event_schema *schemas = event_schemas(&count);
	const struct event_version *version = event_versions(&versions);
	const struct avro_schema *parsed;

	expect_int(count, versions);
	for (size_t i = 0; i < count; i++, version++) {
		const char *text = schemas[i].text;

		expect_ok(avro_schema_parse(text, strlen(text), arena, &parsed));
		expect(parsed->fingerprint == schemas[i].fingerprint);
		expect_text(parsed->record->name, event_info(version->type)->name);
		expect(strstr(schemas[i].name, parsed->record->name) != NULL);
		expect_int(schemas[i].schema_id, version->schema_id);
		expect_int(schemas[i].version, version->version);
		expect(strstr(text, "\"doc\":\"") != NULL && strpbrk(text, "\t\n") == NULL);
	}
}

TESTS("versions", TEST_CASE(a_first_cancellation_is_read_by_todays_code),
	TEST_CASE(todays_cancellation_is_read_by_the_first_code),
	TEST_CASE(completions_are_read_in_both_directions),
	TEST_CASE(an_old_message_becomes_the_latest_struct),
	TEST_CASE(what_no_reader_would_take_is_not_written),
	TEST_CASE(a_buffer_that_is_too_small_is_a_limit),
	TEST_CASE(more_items_than_allowed_are_not_read),
	TEST_CASE(what_is_emitted_lies_in_the_outbox),
	TEST_CASE(the_largest_event_is_emitted_whole),
	TEST_CASE(the_widest_values_are_emitted_whole),
	TEST_CASE(a_decision_that_emits_nonsense_ends_the_process),
	TEST_CASE(events_go_to_their_topics),
	TEST_CASE(what_the_schemas_say_is_what_their_ids_were_given_to))
