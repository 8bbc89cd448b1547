/*
 * What can be said of a request without asking anybody: is its Idempotency-Key
 * one, is its body a JSON object. Pure. What an order must be is said by the order
 * service, in one place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define EDGE_KEY_MAX 255
#define EDGE_DETAIL_SIZE 256

struct edge_problem {
	int status;
	const char *slug, *title;
	const char *pointer; /* or NULL */
	char detail[EDGE_DETAIL_SIZE];
};

enum { EDGE_REFUSED = 1 };

/*
 * The key itself out of an Idempotency-Key field (draft-ietf-httpapi-idempotency-key-header):
 * a string in quotes (RFC 9651 §3.3.3) or the same bare, 1 to 255 visible ASCII characters
 * either way. "a" and a are one key. @field may be NULL.
 */
int edge_read_key(
	const char *field, char ret_key[static EDGE_KEY_MAX + 1], struct edge_problem *ret_problem);

/* application/json, with or without parameters. */
int edge_check_type(const char *content_type, struct edge_problem *ret_problem);

int edge_check_body(const char *body, size_t size, struct edge_problem *ret_problem);

/* 1 to 64 of A-Z a-z 0-9 . _ : @ -, what ids of products are made of: safe in a path. */
bool edge_is_id(const char *text);

/* Is this the JSON of an order that is Completed or Cancelled? */
bool edge_has_ended(const char *order, size_t size);

/* A JSON object. */
bool edge_is_object(const char *body, size_t size);
