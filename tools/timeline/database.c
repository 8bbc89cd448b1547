#include "database.h"

#include "timeline_sql.h"

#include <base/fault.h>
#include <stdlib.h>
#include <store/store.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 3000
#define STATEMENT_TIMEOUT_MS 10000
#define SCRIPTS_MAX 3

/* Columns of every timeline_… statement but timeline_order. */
enum column {
	AT,
	KIND,
	PLACE,
	WHAT,
	DETAIL,
	EVENT_ID,
	TOPIC,
	PARTITION,
	OFFSET,
	SEQUENCE,
	DELIVERIES,
	OUTCOME,
	XID,
};

/* clang-format off */
static const struct {
	const char *name;
	const char *scripts[SCRIPTS_MAX + 1];
	bool has_answers;
} kinds[DATABASES] = {
	[DATABASE_ORDER] = {"order", {timeline_sql_order, timeline_sql_inbox}, false},
	[DATABASE_PAYMENT] = {"payment", {timeline_sql_payment, timeline_sql_inbox}, false},
	[DATABASE_INVENTORY] = {"inventory", {timeline_sql_inventory, timeline_sql_inbox, timeline_sql_answer}, true},
	[DATABASE_NOTIFICATION] = {"notification", {timeline_sql_notification, timeline_sql_inbox}, false},
	[DATABASE_ANALYTICS] = {"analytics", {timeline_sql_analytics, timeline_sql_inbox}, false},
};
/* clang-format on */

struct databases {
	struct store_config configs[DATABASES];
	struct store *stores[DATABASES]; /* NULL: away */
};

const char *database_name(enum database database)
{
	return kinds[database].name;
}

struct databases *databases_create(
	const char *const urls[static DATABASES], const char *const passwords[static DATABASES])
{
	struct databases *databases = calloc(1, sizeof(*databases));

	if (!databases)
		return NULL;
	for (size_t i = 0; i < DATABASES; i++) {
		databases->configs[i] = (struct store_config){
			.url = urls[i],
			.password = *passwords[i] ? passwords[i] : NULL,
			.application = "timeline",
			.scripts = kinds[i].scripts,
			.connect_timeout_ms = CONNECT_TIMEOUT_MS,
			.statement_timeout_ms = STATEMENT_TIMEOUT_MS,
		};
		databases->stores[i] = store_create(&databases->configs[i]);
	}
	return databases;
}

void databases_destroy(struct databases *databases)
{
	if (!databases)
		return;
	for (size_t i = 0; i < DATABASES; i++)
		store_destroy(databases->stores[i]);
	free(databases);
}

static enum record_kind kind_of(const char *name)
{
	static const struct {
		const char *name;
		enum record_kind kind;
	} names[] = {{"step", RECORD_STEP}, {"said", RECORD_SAID}, {"took", RECORD_TOOK},
		{"wait", RECORD_WAIT}, {"fact", RECORD_FACT}, {"log", RECORD_LOG_END}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, name) == 0)
			return names[i].kind;
	}
	return RECORD_ROW;
}

static int64_t number_or(
	const struct store_result *rows, size_t row, enum column column, int64_t otherwise)
{
	return store_is_null(rows, row, (int)column) ? otherwise
						     : store_get_long(rows, row, (int)column);
}

static int32_t int_or(
	const struct store_result *rows, size_t row, enum column column, int32_t otherwise)
{
	return store_is_null(rows, row, (int)column) ? otherwise
						     : store_get_int(rows, row, (int)column);
}

static void add_rows(struct timeline *timeline, const struct store_result *rows)
{
	struct arena *arena = timeline->arena;

	for (size_t row = 0; row < store_rows(rows); row++) {
		struct record *record = timeline_add(timeline);

		if (!record)
			return;
		*record = (struct record){
			.at_us = store_get_time(rows, row, AT),
			.kind = kind_of(store_get_text(rows, row, KIND)),
			.place = store_copy_text(rows, row, PLACE, arena),
			.what = store_copy_text(rows, row, WHAT, arena),
			.detail = store_copy_text(rows, row, DETAIL, arena),
			.event_id = store_get_uuid(rows, row, EVENT_ID),
			.topic = store_copy_text(rows, row, TOPIC, arena),
			.partition = int_or(rows, row, PARTITION, -1),
			.offset = number_or(rows, row, OFFSET, -1),
			.sequence = number_or(rows, row, SEQUENCE, 0),
			.deliveries = int_or(rows, row, DELIVERIES, 0),
			.outcome = store_copy_text(rows, row, OUTCOME, arena),
			.xid = number_or(rows, row, XID, 0),
			.opens = strcmp(store_get_text(rows, row, KIND), "made") == 0,
		};
	}
}

static void read_subject(struct timeline *timeline, const struct store_result *rows)
{
	struct arena *arena = timeline->arena;

	if (store_rows(rows) == 0)
		return;
	timeline->subject = (struct subject){
		.known = true,
		.customer_id = store_copy_text(rows, 0, 0, arena),
		.payment_method = store_copy_text(rows, 0, 1, arena),
		.status = store_copy_text(rows, 0, 2, arena),
		.step = store_copy_text(rows, 0, 3, arena),
		.total = store_get_long(rows, 0, 4),
		.refunded = store_get_bool(rows, 0, 5),
		.stuck = store_get_bool(rows, 0, 6),
		.reason = store_copy_text(rows, 0, 7, arena),
		.created_us = store_get_time(rows, 0, 8),
		.updated_us = store_get_time(rows, 0, 9),
		.deadline_us = store_get_time(rows, 0, 10),
		.traceparent = store_copy_text(rows, 0, 11, arena),
	};
}

/* What needs no event ids: its own rows, and what waits under the order's key. */
static int read_rows(struct store *store, enum database database, struct timeline *timeline)
{
	struct store_params *order = store_params_create(timeline->arena);
	struct store_params *key = store_params_create(timeline->arena);
	struct store_result *results[3] = {0};
	char text[UUID_TEXT_SIZE];
	size_t count = database == DATABASE_ORDER ? 3 : 2;
	int r = store_ready(store);

	if (r < 0)
		return r;
	store_add_uuid(order, &timeline->order_id);
	store_add_bytes(key, uuid_format(&timeline->order_id, text), UUID_TEXT_SIZE - 1);
	store_add_text(key, kinds[database].name);
	store_queue(store, "timeline_rows", order);
	store_queue(store, "timeline_parked", key);
	if (count == 3)
		store_queue(store, "timeline_order", order);
	r = store_run(store, results, count);
	if (r == 0) {
		add_rows(timeline, results[0]);
		add_rows(timeline, results[1]);
		if (count == 3)
			read_subject(timeline, results[2]);
	}
	store_results_free(results, count);
	return r;
}

static int read_by_events(struct store *store, enum database database, const char *statement,
	struct timeline *timeline)
{
	struct store_params *params = store_params_create(timeline->arena);
	struct store_array *events = store_add_array(params, STORE_UUID);
	struct store_result *rows = NULL;
	struct uuid *ids;
	size_t count = timeline_event_ids(timeline, &ids);
	int r;

	for (size_t i = 0; i < count; i++)
		store_push_uuid(events, &ids[i]);
	store_add_text(params, kinds[database].name);
	store_queue(store, statement, params);
	r = store_run(store, &rows, 1);
	if (r == 0)
		add_rows(timeline, rows);
	store_results_free(&rows, 1);
	return r;
}

static void lose(struct databases *databases, size_t database)
{
	store_destroy(databases->stores[database]);
	databases->stores[database] = NULL;
}

void databases_read_rows(struct databases *databases, struct timeline *timeline)
{
	for (size_t i = 0; i < DATABASES; i++) {
		int r = *databases->configs[i].url
			? read_rows(databases->stores[i], (enum database)i, timeline)
			: fault(FAULT_USAGE, "its address is not given (--%s-database-url)",
				  kinds[i].name);

		timeline_source(timeline, kinds[i].name, r < 0 ? fault_text() : NULL);
		if (r < 0)
			lose(databases, i);
	}
}

/* Went away between two questions: what it said before stays. */
static void read_later(struct databases *databases, size_t database, const char *statement,
	struct timeline *timeline)
{
	if (!databases->stores[database])
		return;
	if (read_by_events(
		    databases->stores[database], (enum database)database, statement, timeline) == 0)
		return;
	timeline_source(timeline, kinds[database].name, fault_text());
	lose(databases, database);
}

void databases_read_answers(struct databases *databases, struct timeline *timeline)
{
	for (size_t i = 0; i < DATABASES; i++) {
		if (kinds[i].has_answers)
			read_later(databases, i, "timeline_answers", timeline);
	}
}

void databases_read_inboxes(struct databases *databases, struct timeline *timeline)
{
	for (size_t i = 0; i < DATABASES; i++)
		read_later(databases, i, "timeline_took", timeline);
}
