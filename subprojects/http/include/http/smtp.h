/*
 * Mail to one SMTP server (RFC 5321, libcurl behind it): one message to one
 * recipient at a time, over a connection that is kept for the next. Plain SMTP
 * without login: a relay on a network that is trusted.
 *
 * One client is one thread's. Nothing is sent again here: a fault in the middle may
 * mean that the server has the message, which only its caller can weigh.
 */
#pragma once

#include <stddef.h>

struct smtp_client;

struct smtp_mail {
	const char *from, *to; /* addresses, without brackets */
	const char *message;   /* headers and body (RFC 5322), lines ended by CRLF */
	size_t size;
};

enum { SMTP_REFUSED = 1 };

/* @url "smtp://host:port"; NULL when it is not that. Connects at the first mail. */
struct smtp_client *smtp_client_create(const char *url);
void smtp_client_destroy(struct smtp_client *client);

/*
 * 0: the server has taken it over. SMTP_REFUSED: it never will (a reply 5yz);
 * smtp_client_words() tells. FAULT_PEER: no server, no answer in @timeout_ms, or "not
 * now" (4yz). FAULT_INPUT: an address with characters that end it.
 */
int smtp_client_send(struct smtp_client *client, const struct smtp_mail *mail, int timeout_ms);

/* What became of the latest mail, in words; valid until the next. */
const char *smtp_client_words(const struct smtp_client *client);
