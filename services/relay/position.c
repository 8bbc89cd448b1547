/*
 * Checked in the order in which one answer makes the next question meaningful:
 * which cluster, is there a slot, does its WAL exist, then the numbers.
 */
#include "position.h"

#include <base/fault.h>
#include <stdio.h>
#include <string.h>

#define METADATA_PREFIX "system="

/* The rows between are in the table but will never come through the slot again. */
#define REDRIVE \
	"; events may be missing from Kafka: compare outbox and topics, put in again what is " \
	"missing, then run this relay once with --relay-adopt"

static int decide_first(const struct store_source *source, lsn_t *ret_start)
{
	char created[LSN_TEXT_SIZE], confirmed[LSN_TEXT_SIZE];

	/* Its owner writes the first LSN down in the same breath as it makes the slot. */
	if (source->created_lsn == 0)
		return POSITION_WAIT_SLOT;
	if (source->confirmed_lsn > source->created_lsn)
		return fault(FAULT_STATE,
			"Kafka has no position, yet the slot, made at %s, is acknowledged up to "
			"%s" REDRIVE,
			lsn_format(source->created_lsn, created),
			lsn_format(source->confirmed_lsn, confirmed));
	*ret_start = source->created_lsn;
	return 0;
}

static int decide_next(
	const struct position *position, const struct store_source *source, lsn_t *ret_start)
{
	char ours[LSN_TEXT_SIZE], theirs[LSN_TEXT_SIZE];

	if (position->lsn < source->confirmed_lsn)
		return fault(FAULT_STATE,
			"the position in Kafka, %s, is behind the slot, which is acknowledged up "
			"to %s" REDRIVE,
			lsn_format(position->lsn, ours), lsn_format(source->confirmed_lsn, theirs));
	if (position->lsn > source->current_lsn)
		return fault(FAULT_STATE,
			"the position in Kafka, %s, is ahead of the server's WAL, which ends at "
			"%s: this is an older copy of the database" REDRIVE,
			lsn_format(position->lsn, ours), lsn_format(source->current_lsn, theirs));
	*ret_start = position->lsn;
	return 0;
}

int position_decide(
	const struct position *position, const struct store_source *source, lsn_t *ret_start)
{
	if (position->known && position->system_id[0] &&
		strcmp(position->system_id, source->system_id) != 0)
		return fault(FAULT_STATE,
			"the position in Kafka belongs to cluster %s, this is cluster %s" REDRIVE,
			position->system_id, source->system_id);
	if (!source->slot_exists && position->known)
		return fault(FAULT_STATE,
			"Kafka has a position but the slot is gone: make it again" REDRIVE);
	if (!source->slot_exists)
		return POSITION_WAIT_SLOT;
	if (source->slot_lost)
		return fault(FAULT_STATE,
			"the slot is lost, its WAL was removed (max_slot_wal_keep_size): "
			"drop it and make it again" REDRIVE);
	/* The numbers of a slot in use move while they are read. */
	if (source->active_pid)
		return POSITION_WAIT_READER;
	return position->known ? decide_next(position, source, ret_start)
			       : decide_first(source, ret_start);
}

char *position_metadata(const char *system_id, char text[static POSITION_METADATA_SIZE])
{
	snprintf(text, POSITION_METADATA_SIZE, METADATA_PREFIX "%s", system_id);
	return text;
}

int position_parse(int64_t offset, const char *metadata, struct position *ret_position)
{
	struct position position = {.known = true, .lsn = (lsn_t)offset};
	size_t prefix = strlen(METADATA_PREFIX);

	if (offset < 0)
		return fault(FAULT_INPUT, "a position below zero");
	if (metadata[0]) {
		if (strncmp(metadata, METADATA_PREFIX, prefix) != 0 ||
			strlen(metadata + prefix) >= sizeof(position.system_id))
			return fault(FAULT_INPUT, "the position's metadata is not %sN: \"%s\"",
				METADATA_PREFIX, metadata);
		memcpy(position.system_id, metadata + prefix, strlen(metadata + prefix) + 1);
	}
	*ret_position = position;
	return 0;
}
