#include <avro/emit.h>
#include <base/fault.h>
#include <base/log.h>
#include <stdlib.h>

void avro_emit_check(int result, const char *type, const struct uuid *key)
{
	if (result == 0 && uuid_is_nil(key))
		result = fault(FAULT_INPUT, "%s: no orderId", type);
	if (result == 0)
		return;
	log_fault(LOG_ERROR, result, "emits what cannot be read");
	abort();
}

struct buffer avro_emit_room(struct arena *arena, size_t size_max)
{
	/* One byte more for the NUL that a buffer keeps behind its bytes. */
	return (struct buffer){
		.data = arena_alloc(arena, size_max + 1),
		.capacity = size_max + 1,
		.size_max = size_max,
	};
}
