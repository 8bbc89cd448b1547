/*
 * For this library's tests only: raw bytes over a socket, so that what no
 * well-behaved client sends can be sent, and a few shared moves.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TESTING_TEXT_MAX (2 * 1024 * 1024)

struct testing_reply {
	int status; /* 0: the connection ended without an answer */
	char *text; /* head and body */
	size_t size;
	const char *body; /* inside text */
	size_t body_size;
	bool closed; /* the server closed behind it */
};

/* A socket to 127.0.0.1:@port whose reads give up after 15 s. */
int testing_connect(int port);
/* False when the server does not take it all. */
bool testing_send(int socket, const void *bytes, size_t size);
/*
 * Reads one answer: up to its Content-Length, or the end. @head: there is no body, whatever
 * the length says.
 */
void testing_read(int socket, bool head, struct testing_reply *ret_reply);
void testing_reply_finish(struct testing_reply *reply);
/* Connects, sends @text, reads, closes. */
void testing_ask(int port, const char *text, struct testing_reply *ret_reply);
void testing_ask_bytes(int port, const void *bytes, size_t size, struct testing_reply *ret_reply);
/* The value of a header, in a static buffer; NULL without it. */
const char *testing_header(const struct testing_reply *reply, const char *name);

int64_t testing_now_ms(void);
