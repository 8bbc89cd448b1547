#include "collect.h"

#include "rows.h"

#include <base/clock.h>
#include <base/fault.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/scan.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 5000
#define STATEMENT_TIMEOUT_MS 600000

#define I(invariant) (1U << (invariant))
/* The event tables are for these. */
#define OF_LOG (I(S6) | I(S7) | I(S8) | I(S9))

/* clang-format off */
static const struct step {
	enum service service;
	unsigned invariants;
	store_row_fn *row;
	const char *sql;
} steps[] = {
	{SERVICE_ORDER, I(S1) | I(S2) | I(S3) | I(S4) | I(S5) | I(S10), row_order,
		"SELECT id, total_amount, status, step, cancellation_reason, version, created_at FROM orders"},
	{SERVICE_ORDER, I(S1) | I(S2), row_key,
		"SELECT key, answer, order_id, status FROM idempotency"},
	{SERVICE_ORDER, I(S5), row_history,
		"SELECT order_id, version, type, step_from, step_to FROM order_history ORDER BY order_id, version"},
	{SERVICE_ORDER, I(S4), row_item_ordered,
		"SELECT order_id, product_id, quantity FROM order_item"},
	{SERVICE_PAYMENT, I(S3) | I(S10), row_movement,
		"SELECT p.order_id, t.kind, t.amount, t.at, t.kind = 'refund' OR p.status <> 'Refunded'"
		" OR p.created_at < (SELECT min(occurred_at) FROM outbox)"
		" OR p.order_id::text IN (SELECT aggregateid FROM outbox WHERE type = 'PaymentSucceeded')"
		" FROM payment_transaction t JOIN payment p ON p.id = t.payment_id"},
	{SERVICE_PAYMENT, I(S3), row_provider,
		"SELECT p.order_id, c.amount, coalesce(r.amount, 0)"
		" FROM provider.charge c LEFT JOIN provider.refund r USING (payment_id)"
		" LEFT JOIN payment p ON p.id = c.payment_id WHERE c.refusal IS NULL"},
	{SERVICE_PAYMENT, I(S10), row_declined,
		"SELECT order_id, updated_at, failure_reason FROM payment WHERE status = 'Failed'"},
	{SERVICE_INVENTORY, I(S4), row_stock,
		"SELECT product_id, initial, on_hand, reserved, coalesce(held, 0)::bigint FROM stock"
		" LEFT JOIN (SELECT product_id, sum(quantity) AS held FROM reservation_item"
		" JOIN reservation USING (order_id) WHERE status = 'Reserved' GROUP BY 1) AS h USING (product_id)"},
	{SERVICE_INVENTORY, I(S4) | I(S10), row_reservation,
		"SELECT order_id, status, updated_at, failure_reason FROM reservation"},
	{SERVICE_INVENTORY, I(S4), row_item_held,
		"SELECT order_id, product_id, quantity FROM reservation_item"
		" JOIN reservation USING (order_id) WHERE status = 'Reserved'"},
	{SERVICE_NOTIFICATION, I(S11), row_notice,
		"SELECT n.order_id, n.type, count(DISTINCT n.event_id),"
		" count(*) FILTER (WHERE a.outcome IN ('Sent', 'Simulated')),"
		" count(*) FILTER (WHERE a.outcome = 'Repeated')"
		" FROM notification n LEFT JOIN delivery_attempt a USING (event_id) GROUP BY 1, 2"},
	{SERVICE_ANALYTICS, I(S10), row_counted,
		"SELECT order_id, total_amount, decline_reason, refusal_reason, cancellation_reason, created_at,"
		" paid_at, declined_at, refunded_at, reserved_at, refused_at, released_at FROM order_fact"},
	{SERVICE_ORDER, OF_LOG, row_record, "SELECT id, aggregatetype, occurred_at FROM outbox"},
	{SERVICE_PAYMENT, OF_LOG, row_record, "SELECT id, aggregatetype, occurred_at FROM outbox"},
	{SERVICE_INVENTORY, OF_LOG, row_record, "SELECT id, topic, occurred_at FROM answer"},
	{SERVICE_ANALYTICS, OF_LOG, row_record, "SELECT id, topic, occurred_at FROM answer"},
#define INBOX(service) \
	{service, I(S6) | I(S7), row_inbox, \
		"SELECT event_id, topic, partition, \"offset\", received_at FROM inbox ORDER BY topic, partition, \"offset\""}, \
	{service, I(S7), row_parked, "SELECT topic, partition, \"offset\" FROM parked_message"}
	INBOX(SERVICE_ORDER),
	INBOX(SERVICE_PAYMENT),
	INBOX(SERVICE_INVENTORY),
	INBOX(SERVICE_NOTIFICATION),
	INBOX(SERVICE_ANALYTICS),
};
/* clang-format on */
#define STEPS (sizeof(steps) / sizeof(steps[0]))

/* What is read for one is read where only the other wants it: the quiet is order's. */
bool databases_need(unsigned invariants, enum service service)
{
	if (service == SERVICE_ORDER)
		return true;
	for (size_t i = 0; i < STEPS; i++) {
		if (steps[i].service == service && (steps[i].invariants & invariants))
			return true;
	}
	return false;
}

struct databases {
	unsigned invariants;
	struct store_config configs[SERVICES];
	struct store *stores[SERVICES];
	int64_t lsn[SERVICES];
};

/* The same fault, with the database's name before its words. */
static int named(int r, int service)
{
	char words[400];

	if (r >= 0)
		return r;
	snprintf(words, sizeof(words), "%s", fault_text());
	return fault((enum fault)r, "database %s: %s", service_names[service], words);
}

int databases_open(const struct options *options, struct databases **ret_databases)
{
	struct databases *databases = calloc(1, sizeof(*databases));
	int r = 0;

	if (!databases)
		return fault(FAULT_SYSTEM, "out of memory");
	databases->invariants = options->invariants;
	for (int s = 0; r == 0 && s < SERVICES; s++) {
		if (!databases_need(options->invariants, (enum service)s))
			continue;
		databases->configs[s] = (struct store_config){
			.url = options->urls[s],
			.password = *options->passwords[s] ? options->passwords[s] : NULL,
			.application = "verify",
			.connect_timeout_ms = CONNECT_TIMEOUT_MS,
			.statement_timeout_ms = STATEMENT_TIMEOUT_MS,
		};
		databases->stores[s] = store_create(&databases->configs[s]);
		r = named(store_ready(databases->stores[s]), s);
	}
	if (r < 0)
		databases_close(databases);
	else
		*ret_databases = databases;
	return r;
}

void databases_close(struct databases *databases)
{
	if (!databases)
		return;
	for (int s = 0; s < SERVICES; s++)
		store_destroy(databases->stores[s]);
	free(databases);
}

static int take_lsn(void *context, const struct store_result *row)
{
	*(int64_t *)context = store_get_long(row, 0, 0);
	return 0;
}

int databases_begin(struct databases *databases)
{
	int r = 0;

	for (int s = 0; r == 0 && s < SERVICES; s++) {
		struct store *store = databases->stores[s];

		if (!store)
			continue;
		r = store_ready(store);
		if (r == 0)
			r = store_execute(store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
		/* The first statement takes the snapshot. */
		if (r == 0)
			r = store_scan(store, "SELECT pg_current_wal_insert_lsn()", take_lsn,
				&databases->lsn[s]);
		r = named(r, s);
	}
	return r;
}

void databases_end(struct databases *databases)
{
	for (int s = 0; s < SERVICES; s++) {
		if (databases->stores[s])
			store_rollback(databases->stores[s]);
	}
}

int64_t databases_lsn(const struct databases *databases, enum service service)
{
	return databases->lsn[service];
}

struct store *databases_store(struct databases *databases, enum service service)
{
	return databases->stores[service];
}

/* Where the time of a step goes: to the first invariant that wanted it. */
static void account(struct report *report, unsigned invariants, int64_t spent_us)
{
	for (int i = 0; i < INVARIANTS; i++) {
		if ((invariants >> i & 1) && report->results[i].asked) {
			report->results[i].spent_us += spent_us;
			return;
		}
	}
}

int databases_read(struct databases *databases, struct facts *facts, struct report *report,
	struct promises *promises)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < STEPS; i++) {
		const struct step *step = &steps[i];
		struct rows rows = {facts, report, promises, step->service};
		int64_t begin_us = clock_monotonic_us();

		if (!(step->invariants & databases->invariants))
			continue;
		if (step->row == row_inbox)
			feed_inbox_begin(facts);
		r = named(store_scan(databases->stores[step->service], step->sql, step->row, &rows),
			(int)step->service);
		account(report, step->invariants, clock_monotonic_us() - begin_us);
	}
	return r;
}
