/*
 * What became of every request: answers as the senders get them, terminal
 * events as Kafka shows them, matched by order id.
 *
 * Thread-safe. Memory is fixed at the start: about 60 bytes for each request of
 * the plan. Each request is written to the ledger once, when nothing more can
 * change: at once when it was refused, at its terminal event (and the answer to
 * its cancellation) when it was accepted, by tally_close() otherwise.
 */
#pragma once

#include "histogram.h"
#include "plan.h"

#include <stdbool.h>
#include <stdio.h>

/* As Jepsen has it: unknown may or may not have happened. */
enum tally_status { TALLY_UNSENT, TALLY_OK, TALLY_FAIL, TALLY_UNKNOWN };
enum tally_end { TALLY_OPEN, TALLY_COMPLETED, TALLY_CANCELLED };

struct tally_answer {
	int http_status;      /* 0: none came */
	struct uuid order_id; /* of a 201 */
	int64_t sent_us;      /* monotonic */
	int64_t answered_us;  /* monotonic */
};

/* Cancellations that customers asked for, by what was answered. */
struct tally_cancels {
	int64_t asked;
	int64_t accepted; /* 200, 202: the order must end cancelled */
	int64_t too_late; /* 409: it must end completed */
	int64_t failed;   /* any other definite no */
	int64_t unknown;
};

/* Sums by kind. */
struct tally_counts {
	int64_t sent;
	int64_t accepted;
	int64_t refused; /* 503: nothing was stored, on purpose */
	int64_t failed;  /* any other definite no */
	int64_t unknown;
	int64_t completed;
	int64_t cancelled;
};

struct tally_sums {
	struct tally_counts kinds[PLAN_KINDS];
	struct tally_counts all;
	struct tally_cancels cancels;
	/* A second terminal event of one order, one order for two keys, an end that is not what
	 * the answer to its cancellation promised. */
	int64_t contradictions;
	int64_t first_sent_us, last_sent_us; /* monotonic */
	struct histogram answered;           /* due to 201, µs */
	struct histogram arrived;            /* due to terminal event seen here */
	struct histogram completed;          /* due to the time inside the terminal event */
	struct histogram delayed;            /* due to really sent */
};

/* 201, or 200 for a repetition: the order is promised. */
bool tally_is_accepted(int http_status);

struct tally;

/*
 * @start_us: monotonic time of request 0; @start_wall_us: the same moment since
 * 1970. @ledger may be NULL; it stays the caller's. NULL without memory.
 */
struct tally *tally_create(
	const struct plan *plan, int64_t start_us, int64_t start_wall_us, FILE *ledger);
void tally_destroy(struct tally *tally);

void tally_answered(struct tally *tally, int64_t n, const struct tally_answer *answer);
/*
 * Request @n, accepted before, is about to be cancelled; then what was answered (0: nothing).
 * Its line waits for that.
 */
void tally_cancelling(struct tally *tally, int64_t n);
void tally_cancelled(struct tally *tally, int64_t n, int http_status);

/*
 * A terminal event: when it was seen here (monotonic) and the time inside it
 * (since 1970). One that comes before its answer is kept until tally_answered()
 * names the order; of other people's, at most TALLY_STRANGERS_MAX are kept, the latest ones.
 */
void tally_ended(struct tally *tally, const struct uuid *order_id, enum tally_end end,
	int64_t seen_us, int64_t ended_wall_us);
#define TALLY_STRANGERS_MAX 65536

/* Accepted orders that have no terminal event yet. */
int64_t tally_open(struct tally *tally);
/* A copy; large, so the caller keeps it in static memory or on the heap. */
void tally_sums(struct tally *tally, struct tally_sums *ret_sums);
/* Writes what is still open to the ledger. 0, or FAULT_SYSTEM when it could not be written. */
int tally_close(struct tally *tally);
