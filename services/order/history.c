#include "history.h"

#include <base/fault.h>
#include <inttypes.h>
#include <string.h>

/* The event of a row; commands and the clock have none. */
static int read_input(
	const struct order_history_row *row, struct arena *arena, struct order_input *ret_input)
{
	struct order_input input = {.trigger = row->trigger};
	enum event_type type;
	int r;

	if (row->trigger == ORDER_ON_CREATE || row->trigger == ORDER_ON_CANCEL ||
		row->trigger == ORDER_ON_DEADLINE) {
		*ret_input = input;
		return 0;
	}
	if (!row->event)
		return fault(FAULT_STATE, "version %" PRId32 ", %s, was kept without its event",
			row->version, order_trigger_name(row->trigger));
	r = event_decode(row->event, row->event_size, arena, &type, &input.event);
	if (r < 0)
		return r;
	if (order_trigger_of(type) != row->trigger)
		return fault(FAULT_STATE, "version %" PRId32 " says %s, its event is %s",
			row->version, order_trigger_name(row->trigger), event_info(type)->name);
	*ret_input = input;
	return 0;
}

static int replay_row(struct order *order, const struct order_history_row *row, struct arena *arena)
{
	const struct order_policy policy = {.asks_max = row->asks_max};
	struct order_input input;
	struct outbox out;
	enum outcome outcome;
	int r = read_input(row, arena, &input);

	if (r < 0)
		return r;
	if (row->version != order->version + 1 || row->from != order->step)
		return fault(FAULT_STATE,
			"version %" PRId32 " from %s cannot follow version %" PRId32 ", %s",
			row->version, order_step_name(row->from), order->version,
			order_step_name(order->step));
	outbox_init(&out, arena, row->at_us);
	outcome = order_apply(order, &input, &policy, &out);
	if (outcome != APPLIED)
		return fault(FAULT_STATE, "version %" PRId32 ", %s, is %s: %s", row->version,
			order_trigger_name(row->trigger), outcome_name(outcome), out.reason);
	if (order->step != row->to)
		return fault(FAULT_STATE, "version %" PRId32 ", %s, led to %s, now to %s",
			row->version, order_trigger_name(row->trigger), order_step_name(row->to),
			order_step_name(order->step));
	/* A row is there because its deadline had come, whatever the clocks said. */
	order->deadline_us = 0;
	return 0;
}

int order_replay(const struct order *stored, const struct order_history_row *rows, size_t count,
	struct arena *arena, struct order *ret_order)
{
	struct order order = {
		.id = stored->id,
		.customer_id = stored->customer_id,
		.payment_method = stored->payment_method,
		.items = stored->items,
		.items_count = stored->items_count,
		.total_amount = stored->total_amount,
	};

	if (count == 0 || rows[0].trigger != ORDER_ON_CREATE)
		return fault(FAULT_STATE, "the history does not begin with CreateOrder");
	for (size_t i = 0; i < count; i++) {
		int r = replay_row(&order, &rows[i], arena);

		if (r < 0)
			return r;
	}
	*ret_order = order;
	return 0;
}

static void differ(struct buffer *out, const char *field, const char *stored, const char *replayed)
{
	if (!stored)
		stored = "null";
	if (!replayed)
		replayed = "null";
	if (strcmp(stored, replayed) != 0)
		buffer_add_format(out, "%s: stored %s, rebuilt %s\n", field, stored, replayed);
}

static void differ_number(struct buffer *out, const char *field, int64_t stored, int64_t replayed)
{
	if (stored != replayed)
		buffer_add_format(out, "%s: stored %" PRId64 ", rebuilt %" PRId64 "\n", field,
			stored, replayed);
}

static void differ_id(struct buffer *out, const char *field, const struct uuid *stored,
	const struct uuid *replayed)
{
	char left[UUID_TEXT_SIZE], right[UUID_TEXT_SIZE];

	differ(out, field, uuid_format(stored, left), uuid_format(replayed, right));
}

bool order_differs(const struct order *stored, const struct order *replayed, struct buffer *out)
{
	size_t before = out->size;

	differ(out, "status", order_status_name(stored->status),
		order_status_name(replayed->status));
	differ(out, "step", order_step_name(stored->step), order_step_name(replayed->step));
	differ_id(out, "payment_id", &stored->payment_id, &replayed->payment_id);
	differ_id(out, "reservation_id", &stored->reservation_id, &replayed->reservation_id);
	differ_number(out, "refunded", stored->refunded, replayed->refunded);
	differ(out, "cancellation_reason", stored->cancellation_reason,
		replayed->cancellation_reason);
	differ_number(out, "sequence", stored->sequence, replayed->sequence);
	differ_number(out, "version", stored->version, replayed->version);
	differ_number(out, "asks", stored->asks, replayed->asks);
	differ_number(out, "stuck", stored->stuck, replayed->stuck);
	differ_number(
		out, "has a deadline", stored->deadline_us != 0, !order_is_terminal(replayed));
	differ_number(out, "created_at (us)", stored->created_at_us, replayed->created_at_us);
	differ_number(out, "updated_at (us)", stored->updated_at_us, replayed->updated_at_us);
	return out->size > before;
}
