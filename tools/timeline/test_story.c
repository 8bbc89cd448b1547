#include "test_story.h"

#include <string.h>

static struct arena *arena;
static struct timeline timeline;

struct timeline *story_open(void)
{
	static const char *const names[] = {
		"order", "payment", "inventory", "notification", "analytics", "kafka"};
	struct uuid order = {.bytes = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80}};

	arena = arena_create(0);
	timeline_init(&timeline, arena, &order);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		timeline_source(&timeline, names[i], NULL);
	return &timeline;
}

void story_close(void)
{
	arena_destroy(arena);
}

struct uuid story_event(int number)
{
	return (struct uuid){.bytes = {[0] = 0xee, [15] = (uint8_t)number}};
}

struct record *story_add(enum record_kind kind, int ms, const char *place, const char *what)
{
	struct record *record = timeline_add(&timeline);

	record->at_us = STORY_START_US + (int64_t)ms * 1000;
	record->kind = kind;
	record->place = place;
	record->what = what;
	return record;
}

struct record *story_event_add(
	enum record_kind kind, int ms, const char *place, const char *what, int event)
{
	struct record *record = story_add(kind, ms, place, what);

	if (event != 0)
		record->event_id = story_event(event);
	return record;
}

struct record *story_said(int ms, const char *place, const char *what, int event, const char *topic)
{
	struct record *record = story_event_add(RECORD_SAID, ms, place, what, event);

	record->topic = topic;
	return record;
}

struct record *story_message(int ms, const char *what, int event, const char *topic, int64_t offset)
{
	struct record *record = story_event_add(RECORD_MESSAGE, ms, "kafka", what, event);

	record->topic = topic;
	record->partition = 2;
	record->offset = offset;
	return record;
}

struct record *story_step(int ms, const char *what, const char *steps, int event)
{
	struct record *record = story_event_add(RECORD_STEP, ms, "order", what, event);

	record->detail = steps;
	if (event != 0) {
		record->topic = "some.events";
		record->partition = 2;
		record->offset = event;
	}
	return record;
}

static void took(int ms, const char *place, int event)
{
	struct record *record = story_event_add(RECORD_TOOK, ms, place, NULL, event);

	record->outcome = "applied";
	record->deliveries = 1;
	record->partition = 2;
	record->offset = event;
}

void story_completed(void)
{
	story_step(0, "CreateOrder", "new → awaiting_payment", 0);
	story_said(0, "order", "OrderCreated", 1, "order.events");
	story_said(0, "order", "OrderPaymentRequested", 2, "payment.requests");
	story_message(0, "OrderCreated", 1, "order.events", 1);
	story_message(0, "OrderPaymentRequested", 2, "payment.requests", 2);
	took(10, "payment", 2);
	story_said(15, "payment", "PaymentSucceeded", 3, "payment.events");
	story_message(15, "PaymentSucceeded", 3, "payment.events", 3);
	story_step(40, "PaymentSucceeded", "awaiting_payment → awaiting_stock", 3);
	took(40, "order", 3);
	story_said(40, "order", "OrderInventoryRequested", 4, "inventory.requests");
	story_message(40, "OrderInventoryRequested", 4, "inventory.requests", 4);
	took(50, "inventory", 4);
	story_said(60, "inventory", "InventoryReserved", 5, "inventory.events");
	story_message(60, "InventoryReserved", 5, "inventory.events", 5);
	story_step(80, "InventoryReserved", "awaiting_stock → completed", 5);
	story_said(80, "order", "OrderCompleted", 6, "order.events");
	story_message(80, "OrderCompleted", 6, "order.events", 6);
	for (int event = 1; event <= 6; event++) {
		if (event == 2 || event == 4)
			continue;
		took(90 + event, "analytics", event);
		if (event != 5)
			took(100 + event, "notification", event);
	}
	story_add(RECORD_ROW, 120, "notification", "mail Sent")->detail =
		"OrderCompleted, attempt 1, me@customers.example";
}
