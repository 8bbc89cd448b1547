/*
 * libFuzzer's view of event_decode(): whatever is accepted can be written.
 *
 *   CC=clang meson setup build-fuzz -Db_lundef=false -Db_sanitize=address,undefined \
 *           -Dc_args=-fsanitize=fuzzer-no-link
 *   ninja -C build-fuzz tests/contract/fuzz_decode
 *   build-fuzz/tests/contract/fuzz_decode -max_len=1024 -max_total_time=60
 */
#include <assert.h>
#include <base/buffer.h>
#include <events/events.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct arena *arena;
	const void *event;
	enum event_type type;

	if (arena == NULL)
		arena = arena_create((size_t)1 << 20);
	if (event_decode(bytes, size, arena, &type, &event) == 0) {
		struct buffer out BUFFER_CLEAN;

		buffer_init(&out, 0);
		assert(event_encode(type, event, &out) == 0);
	}
	arena_reset(arena);
	return 0;
}
