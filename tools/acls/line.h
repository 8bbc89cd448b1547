/*
 * A connection to one broker by mutual TLS, for one request after the other. libcurl makes
 * it (CURLOPT_CONNECT_ONLY): certificates and the broker's name are checked as for https.
 */
#pragma once

#include <base/buffer.h>

struct line;

struct line_config {
	const char *broker;      /* host:port */
	const char *ca;          /* files in PEM: who signed the broker's, ... */
	const char *certificate; /* ... and ours with its key, which says who we are */
	int timeout_ms;          /* for each answer */
};

/* FAULT_BUS: nobody there; FAULT_BUS_CONFIG: they or we are not who is expected. */
int line_open(const struct line_config *config, struct line **ret_line);
void line_close(struct line *line);

/* Sends @request, and appends the answer without its size to @answer. */
int line_ask(struct line *line, const struct buffer *request, struct buffer *answer);
