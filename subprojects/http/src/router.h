/*
 * Paths: split, decoded once, matched against route patterns.
 *
 * Pure. A path is taken apart at its slashes before anything is decoded, so
 * "%2F" is a character of a segment and never a separator. Segments "." and
 * "..", written out or encoded, match nothing.
 */
#pragma once

#include <http/server.h>

#define ROUTER_SEGMENTS_MAX 8

struct router_path {
	char text[HTTP_PATH_MAX + 1];  /* the whole path, decoded, for people */
	char parts[HTTP_PATH_MAX + 1]; /* the segments, decoded, each with its NUL */
	const char *segments[ROUTER_SEGMENTS_MAX];
	size_t count;
};

struct router_match {
	const struct http_route *route;
	const char *params[HTTP_PARAMS_MAX];
	char allow[64]; /* "GET, POST": what a path that exists can be asked */
};

enum {
	ROUTER_MALFORMED = 1, /* not a path: bad %, control characters, not UTF-8 */
	ROUTER_LONG,          /* more than HTTP_PATH_MAX bytes */
	ROUTER_MISSING,       /* no route has this path */
	ROUTER_METHOD,        /* one has, with another method: see .allow */
};

/* @raw is the path as it was sent, without the query. 0, ROUTER_MALFORMED or ROUTER_LONG. */
int router_split(const char *raw, struct router_path *ret_path);

/*
 * The first route of @routes (ended by a NULL method) that fits. Adds to @match, so that
 * several tables can be asked one after the other; params point into @path.
 */
int router_find(const struct http_route *routes, const char *method, const struct router_path *path,
	struct router_match *match);
