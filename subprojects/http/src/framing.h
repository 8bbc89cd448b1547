/*
 * What a request's head says about its own extent, checked strictly: a head that
 * two parties could read in two ways is refused (request smuggling, RFC 9112 §11.2).
 *
 * civetweb's parser lets through what the standard forbids: it ends the fields
 * silently at a folded line or at the 64th, allows blanks before the colon, takes
 * the first of two lengths, reads "5x" as 5. All of that ends here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mg_request_info;

struct framing {
	size_t head_size; /* of the head, without blank lines before it */
	size_t body_size;
	bool keep_alive; /* what the client wants */
	bool expects_continue;
};

/* Why a request is answered without looking at what it asks for. */
struct refusal {
	int status;
	const char *slug, *title, *detail;
};

extern const struct refusal refusal_malformed, refusal_head_large, refusal_body_large,
	refusal_timeout, refusal_path, refusal_path_long, refusal_missing, refusal_method,
	refusal_stopping, refusal_unavailable, refusal_unknown, refusal_internal, refusal_version;

/* NULL with *ret_framing filled, or the refusal. */
const struct refusal *framing_read(const struct mg_request_info *info, struct framing *ret_framing);
