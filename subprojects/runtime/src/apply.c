#include "apply.h"

#include "blocked.h"

#include <base/crash.h>
#include <base/fault.h>
#include <base/log.h>
#include <runtime/outgoing.h>
#include <runtime/uuid_map.h>
#include <string.h>

/* The inbox has this message: take its outcome over instead of deciding again. */
static void absorb(struct runtime_message *message, const char *outcome, const char *reason)
{
	static const enum outcome settled[] = {IGNORED, POISON, PARKED};

	message->redelivered = true;
	message->outcome = APPLIED;
	for (size_t i = 0; i < sizeof(settled) / sizeof(settled[0]); i++) {
		if (strcmp(outcome, outcome_name(settled[i])) == 0)
			message->outcome = settled[i];
	}
	message->was_poison = message->outcome == POISON;
	message->reason = reason;
}

/* What cannot be read is not in the inbox: its id may be anybody's. */
static bool is_readable(const struct runtime_message *message)
{
	return message->event != NULL;
}

static void queue_claim(struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *topics = store_add_array(params, STORE_TEXT);
	struct store_array *partitions = store_add_array(params, STORE_INT);
	struct store_array *offsets = store_add_array(params, STORE_LONG);

	for (size_t i = 0; i < batch->count; i++) {
		const struct runtime_message *message = &batch->messages[i];

		if (!is_readable(message))
			continue;
		store_push_uuid(ids, &message->id);
		store_push_text(topics, message->raw.topic);
		store_push_int(partitions, message->raw.partition);
		store_push_long(offsets, message->raw.offset);
	}
	store_queue(batch->store, "inbox_claim", params);
}

/* Columns of inbox_claim: event_id, is_new, outcome, reason. */
static void take_claims(struct runtime_batch *batch, const struct store_result *claims)
{
	struct uuid_map *first = uuid_map_create(batch->arena, batch->count);

	for (size_t i = 0; i < batch->count; i++) {
		struct runtime_message *message = &batch->messages[i];

		/* The same event twice in one batch: the first is the message. */
		if (!is_readable(message) || uuid_map_put(first, &message->id, message) == message)
			continue;
		absorb(message, outcome_name(APPLIED), NULL);
		message->repeated = true;
	}
	for (size_t row = 0; row < store_rows(claims); row++) {
		struct uuid id = store_get_uuid(claims, row, 0);
		struct runtime_message *message = uuid_map_get(first, &id);
		const char *reason = store_get_text(claims, row, 3);

		if (message && !message->rejected && !store_get_bool(claims, row, 1))
			absorb(message, store_get_text(claims, row, 2),
				reason ? arena_string(batch->arena, reason) : NULL);
	}
}

static void decide(const struct handler *handler, void *state, struct runtime_batch *batch,
	struct runtime_message *message)
{
	struct outbox *out = batch->out;
	size_t mark = outbox_mark(out);

	out->trace = message->trace;
	out->cause = (size_t)(message - batch->messages);
	out->sequence = NULL;
	out->reason = NULL;
	log_context(&message->trace, &message->key);
	message->outcome = handler->decide(state, batch, message);
	if (message->outcome != APPLIED)
		outbox_rewind(out, mark);
	message->reason = out->reason;
	if (message->outcome == POISON)
		message->reason = arena_format(batch->arena, "refused: %s", out->reason);
	message->emissions_first = mark;
	message->emissions_count = outbox_mark(out) - mark;
}

/* Forgets what an earlier attempt found out, except that a message cannot be read. */
static void forget_attempt(struct runtime_batch *batch)
{
	outbox_rewind(batch->out, 0);
	for (size_t i = 0; i < batch->count; i++) {
		struct runtime_message *message = &batch->messages[i];

		message->attempts += !message->rejected;
		message->emissions_first = message->emissions_count = 0;
		message->redelivered = message->repeated = message->was_poison = false;
		if (message->rejected)
			continue;
		message->outcome = is_readable(message) ? 0 : POISON;
		message->reason = message->unreadable;
	}
}

/* The inbox says "applied" unless told otherwise. */
static void queue_settle(struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *outcomes = store_add_array(params, STORE_TEXT);
	struct store_array *reasons = store_add_array(params, STORE_TEXT);
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct runtime_message *message = &batch->messages[i];

		if (!is_readable(message) || message->redelivered || message->outcome == APPLIED)
			continue;
		store_push_uuid(ids, &message->id);
		store_push_text(outcomes, outcome_name(message->outcome));
		store_push_text(reasons, message->reason);
		count++;
	}
	if (count > 0)
		store_queue(batch->store, "inbox_settle", params);
}

/* First round trip: which keys wait, claim the inbox, read what the batch touches. */
static int claim_and_load(const struct handler *handler, struct runtime_batch *batch,
	struct blocked **ret_blocked, void **ret_state)
{
	struct store_result *results[HANDLER_LOADS_MAX + 3] = {0};
	size_t count = 3 + handler->loads;
	int r;

	store_queue(batch->store, "begin", NULL);
	/* First, as whoever releases a key locks it first: else the two could lock up. */
	blocked_queue_find(batch);
	queue_claim(batch);
	handler->load(batch);
	r = store_run(batch->store, results, count);
	if (r == 0) {
		*ret_blocked = blocked_take(batch, results[1]);
		take_claims(batch, results[2]);
		*ret_state = handler->loaded(batch, &results[3]);
	}
	store_results_free(results, count);
	return r;
}

static int decide_all(const struct handler *handler, struct runtime_batch *batch,
	struct blocked *blocked, void *state)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < batch->count; i++) {
		struct runtime_message *message = &batch->messages[i];

		if (message->redelivered || blocked_answer(blocked, batch, message))
			continue;
		if (!message->outcome)
			decide(handler, state, batch, message);
		if (message->outcome == POISON)
			blocked_add(blocked, message);
		if (message->outcome == NOT_YET) {
			(void)fault(FAULT_DB, "%s: %s", event_info(message->type)->name,
				message->reason);
			r = APPLY_NOT_YET;
		}
	}
	log_context(NULL, NULL);
	return r;
}

/* Second round trip: write everything back and commit. */
static int save_and_commit(const struct handler *handler, struct runtime_batch *batch,
	const struct blocked *blocked, void *state)
{
	handler->save(state, batch);
	if (handler->publish == PUBLISH_OUTBOX)
		outgoing_queue_outbox(batch->store, batch->arena, batch->out);
	else if (handler->publish == PUBLISH_TRANSACTION)
		outgoing_queue_answers(batch);
	queue_settle(batch);
	blocked_queue_save(blocked, batch);
	store_queue(batch->store, "commit", NULL);
	return store_run(batch->store, NULL, 0);
}

static int attempt(const struct handler *handler, struct runtime_batch *batch, void **ret_state)
{
	struct blocked *blocked;
	int r;

	forget_attempt(batch);
	r = store_ready(batch->store);
	if (r == 0)
		r = claim_and_load(handler, batch, &blocked, ret_state);
	if (r < 0)
		return r;
	r = decide_all(handler, batch, blocked, *ret_state);
	if (r != 0)
		return r;
	crash_point("loop.before_commit");
	r = save_and_commit(handler, batch, blocked, *ret_state);
	crash_point("loop.after_commit");
	if (r == 0 && handler->publish == PUBLISH_TRANSACTION)
		r = outgoing_load_answers(batch);
	return r;
}

/* The database will not take what this message leads to, now or later. */
static void reject(struct runtime_batch *batch, struct runtime_message *message)
{
	message->rejected = true;
	message->outcome = POISON;
	message->reason = arena_format(batch->arena, "database: %s", fault_text());
}

int apply_batch(const struct handler *handler, struct runtime_batch *batch, void **ret_state)
{
	int r;

	/* What was refused before a fault is asked again: the words lay in the arena. */
	for (size_t i = 0; i < batch->count; i++)
		batch->messages[i].rejected = false;
	r = attempt(handler, batch, ret_state);
	if (r != 0)
		store_rollback(batch->store);
	if (r != FAULT_DB_DATA)
		return r;
	if (batch->count > 1)
		return APPLY_SPLIT;
	reject(batch, &batch->messages[0]);
	r = attempt(handler, batch, ret_state);
	if (r != 0)
		store_rollback(batch->store);
	return r;
}
