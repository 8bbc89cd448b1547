/*
 * What the messages of a batch make stale in the cache. Pure.
 *
 * Availability is all that changes here: a reservation names its products, a release
 * does not, so it concerns them all; and so does a message that cannot be read.
 */
#pragma once

#include <base/arena.h>
#include <bus/message.h>
#include <stdbool.h>
#include <stddef.h>

#define STALE_KEYS_MAX 64
#define STALE_KEY_SIZE 80

/* Names in the cache; who reads and who invalidates have them from here. */
#define STOCK_GROUP "stock"      /* every answer that shows availability */
#define PRODUCTS_KEY "products"  /* the list */
#define PRODUCT_KEY "product:%s" /* one, by its id */

/* Starts zeroed. */
struct stale {
	char keys[STALE_KEYS_MAX][STALE_KEY_SIZE];
	size_t count;
	bool all;    /* the whole group; keys do not matter then */
	bool unread; /* a message could not be read */
};

/* @arena for decoding. */
void stale_note(struct stale *stale, const struct bus_message *message, struct arena *arena);
