/*
 * What is known about requests from outside: counters and durations by route, and
 * the access log (debug; server errors as warnings).
 */
#pragma once

#include <http/server.h>
#include <stdint.h>

struct access;

/*
 * The numbers of a route, made at its first use and kept as long as the process: servers with
 * the same route share them. FAULT_LIMIT above HTTP_ROUTES_MAX.
 */
int access_prepare(const char *method, const char *pattern, struct access **ret_access);

struct access_entry {
	struct access *access;
	const struct http_request *request;
	const char *route; /* the pattern */
	int status;
	size_t size; /* of the reply's body */
	int64_t duration_us;
};

void access_record(const struct access_entry *entry);
