/*
 * Where to begin: the position that Kafka keeps for this relay, against what the
 * slot and its server say. The one decision that can lose or double events, so
 * it stands alone and is pure.
 *
 * A server starts a stream silently at max(asked, confirmed): whoever asks for
 * less than the slot has confirmed gets a gap and no word about it. Hence every
 * doubt here is a refusal.
 */
#pragma once

#include <stdbool.h>
#include <store/stream.h>

#define POSITION_METADATA_SIZE 64 /* "system=7300000000000000000" and a NUL */

struct position {
	bool known;         /* Kafka has one */
	lsn_t lsn;          /* all before it is in Kafka */
	char system_id[24]; /* of the cluster it belongs to; "" when set by hand without one */
};

/* What to do first, before the same question may be answered otherwise. */
enum {
	POSITION_WAIT_SLOT = 1, /* the owner of the outbox has not made its slot yet */
	POSITION_WAIT_READER,   /* another reader holds the slot */
};

/*
 * 0 with *ret_start; one of the outcomes above; or FAULT_STATE whose words say
 * what does not fit and what a person can do.
 */
int position_decide(
	const struct position *position, const struct store_source *source, lsn_t *ret_start);

/* The text that travels with the offset, and back. Returns @text. */
char *position_metadata(const char *system_id, char text[static POSITION_METADATA_SIZE]);
/* FAULT_INPUT for a text that is neither empty nor of that form, or an offset below 0. */
int position_parse(int64_t offset, const char *metadata, struct position *ret_position);
