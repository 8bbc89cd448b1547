/*
 * The invariants: pure. Rows and messages are fed into the facts as they are read, and
 * what is wrong by itself is reported then; the checks look at the facts when all is read.
 */
#pragma once

#include "facts.h"
#include "ledger.h"
#include "report.h"

/* ---- S1, S2: promises.c ---- */

struct order_row {
	struct uuid id;
	money_t total;
	const char *status, *step;
	const char *reason; /* of the cancellation, or NULL */
	int32_t version;
	int64_t created_us;
};

struct key_row {
	const char *key, *answer;
	struct uuid order;
	int32_t status;
};

void feed_order(struct facts *facts, struct report *report, const struct order_row *row);
void feed_key(struct facts *facts, struct report *report, struct promises *promises,
	const struct key_row *row);
void check_promises(struct facts *facts, struct report *report, struct promises *promises);

/* ---- S3: money.c ---- */

enum movement { MOVEMENT_CAPTURE, MOVEMENT_REFUND };

void feed_movement(struct facts *facts, const struct uuid *order, enum movement movement,
	money_t amount, int64_t at_us);
/* The provider's books. @order is nil when no payment of ours has that id. */
void feed_provider(struct facts *facts, struct report *report, const struct uuid *order,
	money_t taken, money_t given_back);
void check_money(struct facts *facts, struct report *report);

/* ---- S4: stock.c ---- */

struct stock_row {
	const char *product;
	int64_t initial, on_hand, reserved;
	int64_t held; /* the sum over the reservations */
};

void feed_stock(struct report *report, const struct stock_row *row);
void feed_reservation(struct facts *facts, const struct uuid *order, bool held);
void feed_item_ordered(
	struct facts *facts, const struct uuid *order, const char *product, int64_t quantity);
void feed_item_held(
	struct facts *facts, const struct uuid *order, const char *product, int64_t quantity);
void check_stock(struct facts *facts, struct report *report);

/* ---- S5: path.c ---- */

struct history_row {
	struct uuid order;
	int32_t version;
	const char *type, *from, *to;
};

/* In the order of versions, order by order. */
void feed_history(struct facts *facts, struct report *report, const struct history_row *row);
void check_paths(struct facts *facts, struct report *report);

/* ---- S6, S7: log.c ---- */

struct message {
	enum topic topic;
	int partition;
	int64_t offset, timestamp_ms;
	bool has_id, has_order;
	struct uuid id, order;
	int64_t sequence; /* 0: none */
	bool redriven;    /* put back from a dead letter's queue */
};

struct inbox_row {
	struct uuid id;
	enum topic topic;
	int partition;
	int64_t offset, received_us;
};

/* In the order of offsets, partition by partition; dead letters are fed before. */
void feed_message(struct facts *facts, struct report *report, const struct message *message);
/* Before the first row of a service, and then in the order of topic, partition, offset. */
void feed_inbox_begin(struct facts *facts);
void feed_inbox(struct facts *facts, struct report *report, enum service service,
	const struct inbox_row *row);
void check_log(struct facts *facts, struct report *report);

/* ---- S8: outboxes.c ---- */

/* A row of an owner's table of what was published. */
void feed_record(struct facts *facts, struct report *report, enum service owner,
	const struct uuid *id, const char *topic, int64_t at_us);
/* Rows whose message was not read, of one owner. */
int64_t records_missing(const struct facts *facts, enum service owner);
void check_outboxes(struct facts *facts, struct report *report);

/* ---- S9: dead.c ---- */

struct dead_letter {
	enum service service;
	bool has_origin;
	struct place origin;
	const char *class; /* not ended by a NUL */
	size_t class_size;
	int partition; /* of itself */
	int64_t offset;
};

void feed_dead_letter(struct facts *facts, struct report *report, const struct dead_letter *letter);
/* "malformed=3,refused=1": what was put in, by class; "": not known. 0 or FAULT_USAGE. */
int check_dead_letters(struct facts *facts, struct report *report, const char *expected);

/* ---- S10, S11: recount.c ---- */

/* Both sides of the recount; what counts for nothing adds nothing. */
void feed_owner(struct facts *facts, const struct uuid *order, enum side side, uint32_t digest);
void feed_counted(struct facts *facts, const struct uuid *order, enum side side, uint32_t digest);
void check_recount(struct facts *facts, struct report *report);

struct notice_row {
	struct uuid order;
	const char *type;
	int64_t notices, sent, repeated;
};

void feed_notice(struct report *report, const struct notice_row *row);
