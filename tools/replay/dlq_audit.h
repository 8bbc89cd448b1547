/*
 * What was done about dead letters: one record each in the topic replay.audit,
 * written in the Kafka transaction that publishes the dead letter again.
 *
 * Pure: a record as JSON, and back.
 */
#pragma once

#include "dlq_letter.h"

#include <base/buffer.h>

#define AUDIT_TOPIC "replay.audit"

enum audit_outcome {
	AUDIT_REDRIVEN = 1,
	AUDIT_DISCARDED, /* what waited behind it was released, it was not */
	AUDIT_REPEAT,    /* the same message as another that was redriven with it */
};

struct audit {
	const char *group;
	enum audit_outcome outcome;
	struct letter_origin origin;
};

/* What the record says besides the letter. */
struct audit_act {
	const char *group;
	enum audit_outcome outcome;
	const char *by; /* user@host */
	int64_t at_us;
	size_t behind; /* so many messages were released with it */
};

const char *audit_outcome_name(enum audit_outcome outcome);
/* "payment/payment.requests/3/117": all records about a message have one key. */
const char *audit_key(const char *group, const struct letter_origin *origin, struct arena *arena);
void audit_write(const struct audit_act *act, const struct letter *letter, struct arena *arena,
	struct buffer *out);
/* FAULT_INPUT for anything that audit_write() did not make. */
int audit_read(const void *bytes, size_t size, struct arena *arena, struct audit *ret_audit);
