/*
 * The JSON body of POST /orders: read, bounded, every refusal with a pointer.
 * Pure: no catalogue, no database.
 */
#pragma once

#include <base/arena.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_REQUEST_ITEMS_MAX 100
#define ORDER_REQUEST_QUANTITY_MAX 1000
#define ORDER_REQUEST_ID_MAX 64

struct order_request_item {
	const char *product_id;
	int32_t quantity; /* 1 … ORDER_REQUEST_QUANTITY_MAX */
};

struct order_request {
	const char *customer_id;    /* 1 … 64 of A-Z a-z 0-9 . _ : @ - */
	const char *payment_method; /* one of those the provider knows */
	const struct order_request_item *items;
	size_t items_count; /* 1 … ORDER_REQUEST_ITEMS_MAX, no product twice */
};

/* What an RFC 9457 problem needs. Texts are static or in the arena. */
struct order_request_error {
	int status; /* 400: not JSON; 422: not an order */
	const char *slug;
	const char *title;
	const char *detail;
	const char *pointer; /* RFC 6901; "" is the whole body; NULL with status 400 */
};

enum { ORDER_REQUEST_REFUSED = 1 };

/* 0 with @ret_request, texts in @arena; or ORDER_REQUEST_REFUSED with @ret_error. */
int order_request_parse(const char *body, size_t size, struct arena *arena,
	struct order_request *ret_request, struct order_request_error *ret_error);
