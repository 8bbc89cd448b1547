/*
 * Nanoseconds for each encode and decode of every sample, on one core:
 *
 *   meson test -C build --benchmark --verbose codec
 */
#include "samples.h"

#include <base/clock.h>
#include <stdio.h>
#include <testkit/testkit.h>

#define ROUNDS 500000
#define BATCH 500 /* events between two resets of the arena, as in a consumer */

static double encode_ns(enum event_type type, const void *event, struct buffer *out)
{
	const int64_t start_us = clock_monotonic_us();

	for (int i = 0; i < ROUNDS; i++) {
		buffer_reset(out);
		if (event_encode(type, event, out) < 0)
			fail_test("%s", fault_text());
	}
	return (double)(clock_monotonic_us() - start_us) * 1000 / ROUNDS;
}

static double decode_ns(const struct buffer *bytes, struct arena *arena)
{
	const int64_t start_us = clock_monotonic_us();

	for (int i = 0; i < ROUNDS; i++) {
		enum event_type type;
		const void *event;

		if (event_decode(bytes->data, bytes->size, arena, &type, &event) < 0)
			fail_test("%s", fault_text());
		if (i % BATCH == BATCH - 1)
			arena_reset(arena);
	}
	return (double)(clock_monotonic_us() - start_us) * 1000 / ROUNDS;
}

TEST(codec_speed)
{
	struct arena *samples ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);

	printf("%-24s %6s %10s %10s\n", "event", "bytes", "encode ns", "decode ns");
	for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
		const enum event_type type = (enum event_type)i;
		const void *event = sample_read(samples, type);
		struct buffer out BUFFER_CLEAN;
		buffer_init(&out, 0);
		const double encode = encode_ns(type, event, &out);
		const double decode = decode_ns(&out, arena);
		printf("%-24s %6zu %10.0f %10.0f\n", event_info(type)->name, out.size, encode,
			decode);
	}
}

static const struct testkit_case cases[] = {{"codec_speed", codec_speed, 110}, {0}};

int main(int argc, char **argv)
{
	return testkit_main("codec", cases, argc, argv);
}
