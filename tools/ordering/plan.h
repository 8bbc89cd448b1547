/*
 * What is sent: keys, and the messages of all of them in one order. Pure; the same seed
 * gives the same.
 *
 * Keys are chosen so that a cause is sure to show and not a matter of luck: key i lies on
 * partition i % 3 by murmur2, on another one when the three become six, and on another
 * one by CRC32.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PLAN_KEYS_MIN 3
#define PLAN_KEYS_MAX 26
#define PLAN_MESSAGES_MIN 6
#define PLAN_MESSAGES_MAX 200
#define PLAN_PARTITIONS 3
#define PLAN_PARTITIONS_GROWN 6
#define PLAN_KEY_SIZE 12
#define PLAN_TEXT_SIZE 16

struct step {
	int key;      /* from 0 */
	int sequence; /* from 1 */
};

struct plan {
	int keys, messages; /* messages: of each key */
	char names[PLAN_KEYS_MAX][PLAN_KEY_SIZE];
	/* All of them, a key's in rising order, keys mixed by the seed. */
	struct step steps[PLAN_KEYS_MAX * PLAN_MESSAGES_MAX];
	size_t count;
};

/* @keys and @messages are within their bounds. */
void plan_make(struct plan *plan, int keys, int messages, uint64_t seed);

/* How a message says which it is: "A 12". Returns @text. */
char *plan_text(struct step step, char text[static PLAN_TEXT_SIZE]);
/* 0, or FAULT_INPUT. @text need not end. */
int plan_parse(const void *text, size_t size, struct step *ret_step);

/* The partition that librdkafka's default partitioner gives a key: CRC32 (zlib's). */
int32_t plan_crc32_partition(const void *key, size_t size, int32_t partitions);
