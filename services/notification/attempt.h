/*
 * One attempt to deliver: what was taken, and what became of it. Making it is the
 * only thing here that talks to anybody; what follows from it is pure.
 */
#pragma once

#include <base/arena.h>
#include <base/trace.h>
#include <base/uuid.h>
#include <http/smtp.h>
#include <stdbool.h>
#include <stdint.h>

enum attempt_outcome {
	ATTEMPT_SENT = 1,    /* the server has it */
	ATTEMPT_SIMULATED,   /* there is no server to send to */
	ATTEMPT_REFUSED,     /* never: no address, or the server said so */
	ATTEMPT_UNREACHABLE, /* not now */
};

struct attempt {
	struct uuid event_id, order_id;
	const char *type, *subject, *body, *customer_id;
	int number; /* from 1 */
	int64_t created_at_us;
	struct trace trace;
	/* Of the attempt, once it was made. */
	enum attempt_outcome outcome;
	const char *recipient; /* NULL: the customer's id makes no address */
	const char *detail;
	bool ended;       /* nothing more will be tried */
	int64_t pause_ms; /* until the next attempt, unless ended */
};

struct attempt_rules {
	const char *domain;
	int timeout_ms, attempts_max;
	int64_t retry_first_ms, retry_pause_max_ms;
};

const char *attempt_outcome_name(enum attempt_outcome outcome);
/* Of the notification after the attempt: "Pending", "Sent", "Simulated" or "Failed". */
const char *attempt_status_name(const struct attempt *attempt);

/* Sets ended or pause_ms by outcome and number. The pause has jitter. */
void attempt_settle(struct attempt *attempt, const struct attempt_rules *rules);

/* Makes it and settles it. @client NULL simulates. Texts are in @arena. */
void attempt_make(struct attempt *attempt, const struct attempt_rules *rules,
	struct smtp_client *client, struct arena *arena);
