/*
 * The simulated provider. Where a real one would be HTTP, this one is a ledger in a
 * schema of its own, and a list of what it has been asked and not answered yet.
 */
#include "provider.h"

#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <runtime/uuid_map.h>
#include <stdbool.h>
#include <stdlib.h>
#include <store/store.h>
#include <string.h>

#define ARENA_MAX (16u << 20)

struct open_call {
	struct provider_call call;
	int64_t answer_us;
	bool answer_lost;
};

struct provider {
	const struct provider_config *config;
	struct store *store;
	struct arena *arena;
	struct open_call open[PROVIDER_OPEN_MAX];
	size_t open_count;
};

/* Those it keeps a refusal of; "gateway_error" is no decision, and none is kept. */
static const char *const refusals[] = {"card_declined", "insufficient_funds", PROVIDER_CANCELLED};

static const char *refusal_of(const char *method)
{
	for (size_t i = 0; method && i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (strcmp(refusals[i], method) == 0)
			return refusals[i];
	}
	return NULL;
}

struct provider *provider_create(const struct provider_config *config)
{
	struct provider *provider = calloc(1, sizeof(*provider));

	if (!provider)
		return NULL;
	provider->config = config;
	provider->store = store_create(config->store);
	provider->arena = arena_create(ARENA_MAX);
	return provider;
}

void provider_destroy(struct provider *provider)
{
	if (!provider)
		return;
	store_destroy(provider->store);
	arena_destroy(provider->arena);
	free(provider);
}

size_t provider_room(const struct provider *provider)
{
	return PROVIDER_OPEN_MAX - provider->open_count;
}

/* What goes wrong with this question, by its method or by chance. */
static void plan_failure(const struct provider_config *config, struct open_call *open)
{
	bool unlucky = (int64_t)arc4random_uniform(1000) < config->failure_permille;
	bool charge = open->call.question == PROVIDER_CHARGE;

	open->answer_lost = charge && strcmp(open->call.method, "unknown_outcome") == 0;
	if (charge && strcmp(open->call.method, "gateway_error") == 0)
		open->call.answer = PROVIDER_UNAVAILABLE;
	else if (unlucky && arc4random_uniform(2) == 0)
		open->call.answer = PROVIDER_UNAVAILABLE;
	else if (unlucky)
		open->answer_lost = true;
}

void provider_send(struct provider *provider, const struct provider_call *call)
{
	const struct provider_config *config = provider->config;
	struct open_call *open = &provider->open[provider->open_count];
	bool slow = call->question == PROVIDER_CHARGE && strcmp(call->method, "slow") == 0;

	assert(provider->open_count < PROVIDER_OPEN_MAX);
	provider->open_count++;
	*open = (struct open_call){.call = *call,
		.answer_us = clock_monotonic_us() +
			(slow ? config->slow_ms : config->latency_ms) * US_PER_MS};
	open->call.answer = 0;
	plan_failure(config, open);
}

int64_t provider_next_us(const struct provider *provider)
{
	int64_t next_us = INT64_MAX;

	for (size_t i = 0; i < provider->open_count; i++) {
		if (provider->open[i].answer_us < next_us)
			next_us = provider->open[i].answer_us;
	}
	return next_us;
}

/* Moves those whose time has come to the end of the list; returns where they begin. */
static size_t split_due(struct provider *provider)
{
	int64_t now_us = clock_monotonic_us();
	size_t waiting = 0;

	for (size_t i = 0; i < provider->open_count; i++) {
		struct open_call call = provider->open[i];

		if (call.answer_us <= now_us)
			continue;
		provider->open[i] = provider->open[waiting];
		provider->open[waiting++] = call;
	}
	return waiting;
}

/* These two return how many statements they queued. */
static size_t queue_charges(struct provider *provider, size_t first)
{
	struct store_params *params = store_params_create(provider->arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *amounts = store_add_array(params, STORE_LONG);
	struct store_array *methods = store_add_array(params, STORE_TEXT);
	struct store_array *reasons = store_add_array(params, STORE_TEXT);
	size_t count = 0;

	for (size_t i = first; i < provider->open_count; i++) {
		const struct provider_call *call = &provider->open[i].call;

		bool cancel = call->question == PROVIDER_CANCEL;

		if ((call->question != PROVIDER_CHARGE && !cancel) || call->answer)
			continue;
		count++;
		store_push_uuid(ids, &call->payment_id);
		store_push_long(amounts, call->amount);
		store_push_text(methods, call->method);
		store_push_text(reasons, cancel ? PROVIDER_CANCELLED : refusal_of(call->method));
	}
	if (count > 0)
		store_queue(provider->store, "provider_charge", params);
	return count > 0;
}

static size_t queue_refunds(struct provider *provider, size_t first)
{
	struct store_params *params = store_params_create(provider->arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *refunds = store_add_array(params, STORE_UUID);
	struct store_array *amounts = store_add_array(params, STORE_LONG);
	size_t count = 0;

	for (size_t i = first; i < provider->open_count; i++) {
		const struct provider_call *call = &provider->open[i].call;

		if (call->question != PROVIDER_REFUND || call->answer)
			continue;
		count++;
		store_push_uuid(ids, &call->payment_id);
		store_push_uuid(refunds, &call->refund_id);
		store_push_long(amounts, call->amount);
	}
	if (count > 0)
		store_queue(provider->store, "provider_refund", params);
	return count > 0;
}

static void queue_query(struct provider *provider, size_t first)
{
	struct store_params *params = store_params_create(provider->arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);

	for (size_t i = first; i < provider->open_count; i++)
		store_push_uuid(ids, &provider->open[i].call.payment_id);
	store_queue(provider->store, "provider_query", params);
}

/* What the ledger says of a payment is the answer, whatever was asked. */
static void answer(struct provider_call *call, const struct store_result *rows, const size_t *row)
{
	const char *refusal = row ? store_get_text(rows, *row, 1) : NULL;

	if (!row)
		call->answer = PROVIDER_NOT_FOUND;
	else if (refusal)
		call->answer = PROVIDER_DECLINED;
	else
		call->answer = store_get_bool(rows, *row, 2) ? PROVIDER_REFUNDED : PROVIDER_CHARGED;
	call->reason = refusal_of(refusal);
	if (call->question == PROVIDER_REFUND && call->answer == PROVIDER_CHARGED) {
		call->answer = PROVIDER_DECLINED;
		call->reason = "another_amount_or_refund_id";
	}
}

static void answer_all(struct provider *provider, size_t first, const struct store_result *rows)
{
	struct uuid_map *map = uuid_map_create(provider->arena, store_rows(rows));

	for (size_t row = 0; row < store_rows(rows); row++) {
		struct uuid id = store_get_uuid(rows, row, 0);

		uuid_map_put(map, &id, arena_copy(provider->arena, &row, sizeof(row)));
	}
	for (size_t i = first; i < provider->open_count; i++) {
		struct open_call *open = &provider->open[i];

		if (!open->call.answer)
			answer(&open->call, rows, uuid_map_get(map, &open->call.payment_id));
		if (open->answer_lost)
			open->call.answer = PROVIDER_NO_ANSWER;
	}
}

/* All that is due, in one round trip and one transaction of the ledger. */
static int work(struct provider *provider, size_t first)
{
	struct store_result *results[3] = {0};
	size_t count = 0;
	int r = store_ready(provider->store);

	if (r < 0)
		return r;
	count += queue_charges(provider, first);
	count += queue_refunds(provider, first);
	queue_query(provider, first);
	count++;
	r = store_run(provider->store, results, count);
	if (r == 0)
		answer_all(provider, first, results[count - 1]);
	else
		store_rollback(provider->store);
	store_results_free(results, count);
	return r;
}

size_t provider_receive(struct provider *provider, struct provider_call *ret_calls)
{
	size_t first = split_due(provider), count = provider->open_count - first;
	int r = count > 0 ? work(provider, first) : 0;

	/* A provider that is away says nothing; what it did before is not known here. */
	if (r < 0)
		log_fault(LOG_WARNING, r, "the provider does not answer");
	for (size_t i = 0; i < count; i++) {
		ret_calls[i] = provider->open[first + i].call;
		if (r < 0)
			ret_calls[i].answer = PROVIDER_NO_ANSWER;
	}
	provider->open_count = first;
	arena_reset(provider->arena);
	return count;
}
