/*
 * Creating orders: the command that HTTP brings, taken in batches by the intake.
 */
#pragma once

#include "service.h"

#include <base/buffer.h>
#include <base/sha256.h>
#include <base/trace.h>

enum create_outcome {
	CREATE_DONE = 1, /* a new order: 201 and @answer */
	CREATE_REPLAYED, /* the key was used for this very body: the stored answer */
	CREATE_REUSED,   /* the key was used for another body: 422 */
	CREATE_RUNNING,  /* the first request with this key is in the same batch: 409 */
	CREATE_BUSY,     /* too many sagas under way: 503 */
};

struct create_command {
	const char *key; /* Idempotency-Key */
	uint8_t body_sha256[SHA256_SIZE];
	struct order order; /* customer, method, items, total filled in */
	struct trace trace;
	/* Answer; valid for DONE and REPLAYED. */
	int status;
	struct uuid order_id;
	struct buffer answer; /* JSON; the caller finishes it */
};

/* intake_config.process: @context is the order_service, each command's data a create_command. */
int create_process(void *context, struct intake_command **commands, size_t count);

/* One order as the API shows it. */
void order_write_json(struct buffer *out, const struct order *order);
