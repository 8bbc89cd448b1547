/*
 * Offsets as a file, in the form of kafka-consumer-groups.sh --reset-offsets --export:
 *
 *   topic,partition,offset          of one group
 *   group,topic,partition,offset    of several
 *
 * No header line. Text may stand in quotes or not (RFC 4180); Kafka 4.2 quotes what is
 * longer than 24 characters or holds one that it does not like, and so do we. Pure.
 */
#pragma once

#include <base/arena.h>
#include <base/buffer.h>
#include <bus/transactor.h>
#include <stddef.h>

/*
 * Reads all of @text. Of lines with a group only those of @group count. FAULT_USAGE names
 * @name and the line that is wrong, that comes twice, or says that nothing is for @group.
 */
int csv_read(const char *name, const char *text, size_t size, const char *group,
	struct arena *arena, struct bus_position **ret_positions, size_t *ret_count);

/* The form of one group. What has no offset (-1) is left out: there is no line for that. */
void csv_write(const struct bus_position *positions, size_t count, struct buffer *out);
