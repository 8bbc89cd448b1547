/*
 * Damaged messages, a fixed number from a fixed seed: none may crash, hang or
 * take much memory, and what is still accepted must be a value that can be
 * written and reads the same again. Built for both sets of schemas; to be run
 * with the sanitizers. MUTATE_SEED and MUTATE_COUNT in the environment override.
 */
#include "samples.h"

#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

#define MUTATE_SEED UINT64_C(20260131)
#define MUTATE_COUNT INT64_C(300000)
#define MESSAGE_SIZE_MAX ((size_t)4096)
/* The largest event is an order of 100 items, 12 KiB; lists that grow take up to twice that. */
#define DECODED_SIZE_MAX ((size_t)64 * 1024)

struct message {
	uint8_t bytes[MESSAGE_SIZE_MAX];
	size_t size;
};

static uint64_t state;

/* xorshift64* (Vigna): the same numbers everywhere. */
static uint64_t draw(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(2685821657736338717);
}

/* Below @bound, which is not 0. */
static size_t draw_below(size_t bound)
{
	return (size_t)(draw() >> 33) % bound;
}

static void insert(struct message *message, size_t at, const void *bytes, size_t size)
{
	if (message->size + size > MESSAGE_SIZE_MAX)
		return;
	memmove(message->bytes + at + size, message->bytes + at, message->size - at);
	memcpy(message->bytes + at, bytes, size);
	message->size += size;
}

static void erase(struct message *message, size_t at, size_t size)
{
	if (size > message->size - at)
		size = message->size - at;
	memmove(message->bytes + at, message->bytes + at + size, message->size - at - size);
	message->size -= size;
}

/* Lengths, counts and branches at their worst. */
static void insert_number(struct message *message, size_t at)
{
	static const char *const numbers[] = {"\x01", "\x7f", "\xfe\xff\xff\xff\x0f",
		"\xff\xff\xff\xff\x0f", "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "\xc8\x01", "\xca\x01"};
	const char *number = numbers[draw_below(sizeof(numbers) / sizeof(numbers[0]))];

	if (draw_below(2) == 0)
		erase(message, at, 1);
	insert(message, at, number, strlen(number));
}

static void damage(struct message *message)
{
	const size_t at = message->size == 0 ? 0 : draw_below(message->size);
	const uint64_t noise = draw();

	switch (message->size == 0 ? 4 : draw_below(7)) {
	case 0:
		message->bytes[at] ^= (uint8_t)(1u << (noise & 7));
		return;
	case 1:
		message->bytes[at] = (uint8_t)noise;
		return;
	case 2:
		message->size = at;
		return;
	case 3:
		erase(message, at, 1 + (noise & 15));
		return;
	case 4:
		insert(message, at, &noise, 1 + (noise & 7));
		return;
	case 5:
		insert_number(message, at);
		return;
	default:
		/* A part of the message once more: lists and texts within each other. */
		insert(message, at, message->bytes + at, (message->size - at) / 2);
		return;
	}
}

static struct message *samples;
static size_t sample_count;

static void load_samples(struct arena *arena)
{
	size_t count;
	const struct event_version *versions = event_versions(&count);

	samples = arena_array(arena, count, sizeof(*samples));
	for (size_t i = 0; i < count; i++) {
		const void *event = sample_read(arena, versions[i].type), *as_version = NULL;
		const uint32_t latest = event_info(versions[i].type)->schema_id;
		struct buffer out BUFFER_CLEAN;

		buffer_init(&out, MESSAGE_SIZE_MAX);
		expect_ok(event_encode_version(latest, event, &out));
		/* Where an older version cannot read the latest, the latest is used again. */
		if (event_decode_version(
			    versions[i].schema_id, out.data, out.size, arena, &as_version) == 0) {
			buffer_reset(&out);
			expect_ok(event_encode_version(versions[i].schema_id, as_version, &out));
		}
		memcpy(samples[i].bytes, out.data, out.size);
		samples[i].size = out.size;
	}
	sample_count = count;
}

static void must_read_the_same(
	struct arena *arena, const struct event_version *version, const void *event)
{
	const void *again = NULL;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(event_encode_version(version->schema_id, event, &out));
	expect_ok(event_decode_version(version->schema_id, out.data, out.size, arena, &again));
	expect_text(event_text(arena, version->layout, again),
		event_text(arena, version->layout, event));
}

/* On memory of exactly its size. True when a reader accepted it. */
static bool decode(struct arena *arena, const struct message *message)
{
	size_t count;
	const struct event_version *versions = event_versions(&count);
	const struct event_version *version = &versions[draw_below(count)];
	uint8_t *bytes = malloc(message->size);
	const void *event = NULL;
	enum event_type type;
	bool accepted;

	memcpy(bytes, message->bytes, message->size);
	accepted = event_decode(bytes, message->size, arena, &type, &event) == 0;
	expect(arena_used(arena) <= DECODED_SIZE_MAX);
	if (accepted)
		must_read_the_same(arena, latest_version(type), event);
	if (event_decode_version(version->schema_id, bytes, message->size, arena, &event) == 0)
		must_read_the_same(arena, version, event);
	free(bytes);
	return accepted;
}

static int64_t number_of(const char *variable, int64_t otherwise)
{
	const char *text = getenv(variable);

	return text == NULL ? otherwise : strtoll(text, NULL, 10);
}

TEST(damaged_messages_are_refused_or_read_as_a_value)
{
	const int64_t count = number_of("MUTATE_COUNT", MUTATE_COUNT);
	struct arena *sample_arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	int64_t accepted = 0;

	load_samples(sample_arena);
	state = (uint64_t)number_of("MUTATE_SEED", MUTATE_SEED);
	for (int64_t i = 0; i < count; i++) {
		struct message message = samples[draw_below(sample_count)];

		for (size_t times = 1 + draw_below(3); times > 0; times--)
			damage(&message);
		accepted += decode(arena, &message);
		arena_reset(arena);
	}
	/* Neither all nor none: the damage is such that both ways are taken often. */
	expect(accepted > count / 50);
	expect(accepted < count / 2);
}

static const struct testkit_case cases[] = {
	{"damaged_messages_are_refused_or_read_as_a_value",
		damaged_messages_are_refused_or_read_as_a_value, 120},
	{0},
};

int main(int argc, char **argv)
{
	return testkit_main("mutate", cases, argc, argv);
}
