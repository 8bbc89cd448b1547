#include <runtime/handler.h>
#include <runtime/uuid_map.h>

void batch_push_keys(const struct runtime_batch *batch, struct store_array *array)
{
	struct uuid_map *seen = uuid_map_create(batch->arena, batch->count);

	for (size_t i = 0; i < batch->count; i++) {
		struct runtime_message *message = &batch->messages[i];

		if (message->event && uuid_map_put(seen, &message->key, message) == message)
			store_push_uuid(array, &message->key);
	}
}
