#include "plan.h"

#include <assert.h>
#include <base/fault.h>
#include <bus/message.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood 2014): one word of state, any seed. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t crc32(const uint8_t *bytes, size_t size)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

int32_t plan_crc32_partition(const void *key, size_t size, int32_t partitions)
{
	return (int32_t)(crc32(key, size) % (uint32_t)partitions);
}

static bool is_wanted(const char *name, int key)
{
	int32_t home = key % PLAN_PARTITIONS;
	size_t size = strlen(name);

	return bus_partition_of(name, size, PLAN_PARTITIONS) == home &&
		bus_partition_of(name, size, PLAN_PARTITIONS_GROWN) != home &&
		plan_crc32_partition(name, size, PLAN_PARTITIONS) != home;
}

static void name_keys(struct plan *plan, uint64_t *random)
{
	/* One name in nine will do. */
	for (int key = 0; key < plan->keys; key++) {
		do {
			snprintf(plan->names[key], PLAN_KEY_SIZE, "%c-%08x", 'A' + key,
				(unsigned)next_random(random));
		} while (!is_wanted(plan->names[key], key));
	}
}

static void mix_steps(struct plan *plan, uint64_t *random)
{
	int sent[PLAN_KEYS_MAX] = {0};
	size_t total = (size_t)plan->keys * (size_t)plan->messages;

	while (plan->count < total) {
		int key = (int)(next_random(random) % (uint64_t)plan->keys);

		if (sent[key] < plan->messages)
			plan->steps[plan->count++] = (struct step){key, ++sent[key]};
	}
}

void plan_make(struct plan *plan, int keys, int messages, uint64_t seed)
{
	uint64_t random = seed;

	assert(keys >= PLAN_KEYS_MIN && keys <= PLAN_KEYS_MAX);
	assert(messages >= PLAN_MESSAGES_MIN && messages <= PLAN_MESSAGES_MAX);
	*plan = (struct plan){.keys = keys, .messages = messages};
	name_keys(plan, &random);
	mix_steps(plan, &random);
}

char *plan_text(struct step step, char text[static PLAN_TEXT_SIZE])
{
	snprintf(text, PLAN_TEXT_SIZE, "%c %d", 'A' + step.key, step.sequence);
	return text;
}

int plan_parse(const void *text, size_t size, struct step *ret_step)
{
	const char *at = text;
	int sequence = 0;

	if (size < 3 || size > 5 || at[0] < 'A' || at[0] > 'Z' || at[1] != ' ')
		return fault(FAULT_INPUT, "a message that is none of ours");
	for (size_t i = 2; i < size; i++) {
		if (at[i] < '0' || at[i] > '9')
			return fault(FAULT_INPUT, "a message that is none of ours");
		sequence = sequence * 10 + (at[i] - '0');
	}
	*ret_step = (struct step){.key = at[0] - 'A', .sequence = sequence};
	return 0;
}
