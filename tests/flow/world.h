/*
 * A world of orders without Kafka, PostgreSQL or a clock: the decisions of three
 * services and a bus that is allowed everything a real one is.
 *
 * The bus keeps the order of a key within a topic, and nothing else: it chooses
 * among all topics and keys at random, and asks any question and tells any fact a
 * second time, as somebody who has had no answer would. There is no inbox here:
 * the decisions alone must not do a thing twice. The clock jumps to a deadline now
 * and then, answered or not, and some customers change their minds.
 */
#pragma once

#include "history.h"
#include "inventory.h"
#include "payment.h"

#define WORLD_ORDERS 40
#define WORLD_PRODUCTS 3
#define WORLD_LETTERS_MAX 4096
#define WORLD_HISTORY_MAX 64

extern const struct order_policy world_policy;

struct letter {
	struct uuid id, key;
	const char *topic;
	const void *bytes;
	size_t size;
	int order;         /* index in the world */
	bool taken, again; /* delivered once, delivered twice */
};

struct world_order {
	struct order order;
	struct payment payment;
	struct reservation reservation;
	money_t captured, refunded;
	int captures;
	struct provider_call call;        /* the question that is open, if any */
	enum provider_answer at_provider; /* what has become of the payment there; 0: nothing */
	bool cancels;                     /* its customer changes their mind, some time */
	struct order_history_row history[WORLD_HISTORY_MAX];
	size_t history_count;
};

struct world {
	struct arena *arena;
	struct outbox out;
	uint64_t random;
	struct world_order orders[WORLD_ORDERS];
	struct stock rows[WORLD_PRODUCTS];
	int64_t initial[WORLD_PRODUCTS];
	struct stock_table stock;
	struct letter letters[WORLD_LETTERS_MAX];
	size_t letters_count;
	int poisoned, ignored, repeated, unanswered, gave_up, stuck, cancelled, refused;
	const char *poison; /* why, of the last one */
};

/* Makes the orders and posts their first messages. */
void world_init(struct world *world, uint64_t seed);
void world_finish(struct world *world);
/*
 * Delivers one message, or one again, or an answer of the provider, or lets time pass;
 * false when nothing is left.
 */
bool world_step(struct world *world);
uint32_t world_random(struct world *world, uint32_t below);
