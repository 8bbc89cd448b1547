#include "stale.h"

#include <events/events.h>
#include <stdio.h>
#include <string.h>

static void note_key(struct stale *stale, const char *key)
{
	for (size_t i = 0; i < stale->count; i++) {
		if (strcmp(stale->keys[i], key) == 0)
			return;
	}
	if (stale->count == STALE_KEYS_MAX) {
		stale->all = true;
		return;
	}
	(void)snprintf(stale->keys[stale->count++], STALE_KEY_SIZE, "%s", key);
}

static void note_reserved(struct stale *stale, const struct inventory_reserved *event)
{
	char key[STALE_KEY_SIZE];

	note_key(stale, PRODUCTS_KEY);
	for (size_t i = 0; i < event->items_count; i++) {
		(void)snprintf(key, sizeof(key), PRODUCT_KEY, event->items[i].product_id);
		note_key(stale, key);
	}
}

void stale_note(struct stale *stale, const struct bus_message *message, struct arena *arena)
{
	enum event_type type;
	const void *event;

	if (message->value == NULL ||
		event_decode(message->value, message->value_size, arena, &type, &event) != 0)
		stale->all = stale->unread = true;
	else if (type == EVENT_INVENTORY_RESERVED)
		note_reserved(stale, event);
	else if (type != EVENT_INVENTORY_FAILED) /* which moved nothing */
		stale->all = true;
}
