#include "rows.h"

#include <string.h>

#define ROW(name) int row_##name(void *context, const struct store_result *row)

ROW(order)
{
	const struct rows *rows = context;
	const struct order_row order = {
		.id = store_get_uuid(row, 0, 0),
		.total = store_get_long(row, 0, 1),
		.status = store_get_text(row, 0, 2),
		.step = store_get_text(row, 0, 3),
		.reason = store_get_text(row, 0, 4),
		.version = store_get_int(row, 0, 5),
		.created_us = store_get_time(row, 0, 6),
	};

	feed_order(rows->facts, rows->report, &order);
	return 0;
}

ROW(key)
{
	const struct rows *rows = context;
	const struct key_row key = {
		.key = store_get_text(row, 0, 0),
		.answer = store_get_text(row, 0, 1),
		.order = store_get_uuid(row, 0, 2),
		.status = store_get_int(row, 0, 3),
	};

	feed_key(rows->facts, rows->report, rows->promises, &key);
	return 0;
}

ROW(history)
{
	const struct rows *rows = context;
	const struct history_row history = {
		.order = store_get_uuid(row, 0, 0),
		.version = store_get_int(row, 0, 1),
		.type = store_get_text(row, 0, 2),
		.from = store_get_text(row, 0, 3),
		.to = store_get_text(row, 0, 4),
	};

	feed_history(rows->facts, rows->report, &history);
	return 0;
}

ROW(item_ordered)
{
	const struct rows *rows = context;
	const struct uuid order = store_get_uuid(row, 0, 0);

	feed_item_ordered(rows->facts, &order, store_get_text(row, 0, 1), store_get_int(row, 0, 2));
	return 0;
}

ROW(movement)
{
	const struct rows *rows = context;
	const struct uuid order = store_get_uuid(row, 0, 0);
	bool capture = strcmp(store_get_text(row, 0, 1), "capture") == 0;

	feed_movement(rows->facts, &order, capture ? MOVEMENT_CAPTURE : MOVEMENT_REFUND,
		store_get_long(row, 0, 2), store_get_time(row, 0, 3));
	/* Taken while it was being voided, and given back: nobody was told that it was paid. */
	if (!store_get_bool(row, 0, 4))
		feed_owner(rows->facts, &order, SIDE_PAYMENT,
			0u - digest_moment("paid", store_get_time(row, 0, 3), 0, NULL));
	return 0;
}

ROW(provider)
{
	const struct rows *rows = context;
	const struct uuid order = store_get_uuid(row, 0, 0);

	feed_provider(rows->facts, rows->report, &order, store_get_long(row, 0, 1),
		store_get_long(row, 0, 2));
	return 0;
}

ROW(declined)
{
	const struct rows *rows = context;
	const struct uuid order = store_get_uuid(row, 0, 0);

	feed_owner(rows->facts, &order, SIDE_PAYMENT,
		digest_moment("declined", store_get_time(row, 0, 1), 0, store_get_text(row, 0, 2)));
	return 0;
}

ROW(stock)
{
	const struct rows *rows = context;
	const struct stock_row stock = {
		.product = store_get_text(row, 0, 0),
		.initial = store_get_long(row, 0, 1),
		.on_hand = store_get_long(row, 0, 2),
		.reserved = store_get_long(row, 0, 3),
		.held = store_get_long(row, 0, 4),
	};

	feed_stock(rows->report, &stock);
	return 0;
}

ROW(reservation)
{
	const struct rows *rows = context;
	const struct uuid order = store_get_uuid(row, 0, 0);
	const char *status = store_get_text(row, 0, 1);
	int64_t at_us = store_get_time(row, 0, 2);

	feed_reservation(rows->facts, &order, strcmp(status, "Reserved") == 0);
	if (strcmp(status, "Reserved") == 0)
		feed_owner(rows->facts, &order, SIDE_INVENTORY,
			digest_moment("reserved", at_us, 0, NULL));
	else if (strcmp(status, "Failed") == 0)
		feed_owner(rows->facts, &order, SIDE_INVENTORY,
			digest_moment("refused", at_us, 0, store_get_text(row, 0, 3)));
	return 0;
}

ROW(item_held)
{
	const struct rows *rows = context;
	const struct uuid order = store_get_uuid(row, 0, 0);

	feed_item_held(rows->facts, &order, store_get_text(row, 0, 1), store_get_int(row, 0, 2));
	return 0;
}

ROW(notice)
{
	const struct rows *rows = context;
	const struct notice_row notice = {
		.order = store_get_uuid(row, 0, 0),
		.type = store_get_text(row, 0, 1),
		.notices = store_get_long(row, 0, 2),
		.sent = store_get_long(row, 0, 3),
		.repeated = store_get_long(row, 0, 4),
	};

	feed_notice(rows->report, &notice);
	return 0;
}

/* Columns: order_id, total, decline, refusal, cancellation, created, paid, declined, refunded,
 * reserved, refused, released. What was released was neither reserved nor refused in the end. */
ROW(counted)
{
	const struct rows *rows = context;
	struct facts *facts = rows->facts;
	const struct uuid order = store_get_uuid(row, 0, 0);
	int64_t created = store_get_time(row, 0, 5), paid = store_get_time(row, 0, 6),
		declined = store_get_time(row, 0, 7), refunded = store_get_time(row, 0, 8),
		reserved = store_get_time(row, 0, 9), refused = store_get_time(row, 0, 10);
	bool released = !store_is_null(row, 0, 11);

	if (created)
		feed_counted(facts, &order, SIDE_ORDER,
			digest_moment("order", created, store_get_long(row, 0, 1),
				store_get_text(row, 0, 4)));
	if (paid)
		feed_counted(facts, &order, SIDE_PAYMENT, digest_moment("paid", paid, 0, NULL));
	if (refunded)
		feed_counted(
			facts, &order, SIDE_PAYMENT, digest_moment("refunded", refunded, 0, NULL));
	if (declined)
		feed_counted(facts, &order, SIDE_PAYMENT,
			digest_moment("declined", declined, 0, store_get_text(row, 0, 2)));
	if (reserved && !released)
		feed_counted(facts, &order, SIDE_INVENTORY,
			digest_moment("reserved", reserved, 0, NULL));
	if (refused && !released)
		feed_counted(facts, &order, SIDE_INVENTORY,
			digest_moment("refused", refused, 0, store_get_text(row, 0, 3)));
	return 0;
}

ROW(record)
{
	const struct rows *rows = context;
	const struct uuid id = store_get_uuid(row, 0, 0);

	feed_record(rows->facts, rows->report, rows->service, &id, store_get_text(row, 0, 1),
		store_get_time(row, 0, 2));
	return 0;
}

static enum topic topic_at(const struct store_result *row, int column)
{
	const char *name = store_get_text(row, 0, column);

	return topic_of(name, strlen(name));
}

ROW(inbox)
{
	const struct rows *rows = context;
	const struct inbox_row inbox = {
		.id = store_get_uuid(row, 0, 0),
		.topic = topic_at(row, 1),
		.partition = store_get_int(row, 0, 2),
		.offset = store_get_long(row, 0, 3),
		.received_us = store_get_time(row, 0, 4),
	};

	feed_inbox(rows->facts, rows->report, rows->service, &inbox);
	return 0;
}

ROW(parked)
{
	const struct rows *rows = context;
	enum topic topic = topic_at(row, 0);

	if (topic != TOPICS)
		places_add(&rows->facts->parked,
			&(struct place){store_get_long(row, 0, 2),
				(uint16_t)store_get_int(row, 0, 1), (uint8_t)topic,
				(uint8_t)(1U << rows->service)});
	return 0;
}
