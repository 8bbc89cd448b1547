/*
 * A PostgreSQL server in memory, for the relay's own tests: one log of
 * transactions, one slot, behind store's headers (chosen at link time). It is
 * strict where the real one is silent: an acknowledgement of what Kafka has not
 * committed, or a start below what the slot has confirmed, ends the test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <store/stream.h>

#define FAKE_TOPICS_MAX 4

/* Empties the log and makes the slot anew. @group is whose position Kafka keeps. */
void fake_store_reset(const char *group);

/* Commits a transaction of @rows rows, for @topic, and the keys "key-0" to "key-4" in turn. */
lsn_t fake_store_transaction(const char *topic, size_t rows);
/*
 * From now on somebody is writing: a reader that is ready to wait for more finds
 * another transaction of one row, committed just now, @transactions times.
 */
void fake_store_keep_writing(const char *topic, size_t transactions);
/* WAL that is not the outbox's. */
void fake_store_noise(lsn_t bytes);
/* How many rows were committed, and the sequence they were given is 1 and up. */
size_t fake_store_rows(void);

struct store_source *fake_store_source(void);

/* After so many changes the connection breaks, once; 0: never. */
void fake_store_break_after(size_t changes);
/* The relay is told to stop after it found nothing new so many times. */
void fake_store_stop_after(size_t idle_times);
size_t fake_store_opened_streams(void);
