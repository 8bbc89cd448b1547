/*
 * An order's history: one row for each input that was applied, from which the
 * state can be made again. Pure, like the decisions it replays.
 */
#pragma once

#include "order.h"

struct order_history_row {
	struct uuid order_id;
	int32_t version;
	enum order_trigger trigger;
	int32_t asks_max; /* of ORDER_ON_DEADLINE: the policy it was decided by; else 0 */
	enum order_step from, to;
	const void *event; /* as it came, in wire format; NULL: none */
	size_t event_size;
	const struct uuid *event_id; /* NULL: a command or the clock, and so is the topic */
	const char *topic;
	int32_t partition;
	int64_t offset;
	struct trace trace;
	int64_t at_us;
};

/*
 * Decides everything once more. Of @stored only what never changes after the
 * order's creation is taken: customer, method, items, total. What is emitted is
 * counted (sequence) and thrown away. Deadlines depend on settings, so only
 * whether there is one is made again. FAULT_STATE when the rows are no history
 * of an order: one is missing, was refused, led elsewhere, or has no bytes.
 */
int order_replay(const struct order *stored, const struct order_history_row *rows, size_t count,
	struct arena *arena, struct order *ret_order);

/* Whether they differ; a line into @out for each field that does. */
bool order_differs(const struct order *stored, const struct order *replayed, struct buffer *out);
