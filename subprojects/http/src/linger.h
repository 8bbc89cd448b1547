/*
 * The end of a connection whose client may still be sending.
 *
 * Closing a socket with unread bytes resets it, and the reset can overtake the
 * answer. So a refused client is read for a moment longer, within bounds.
 */
#pragma once

#include <stdint.h>

#define LINGER_MS 500
#define LINGER_BYTES_MAX (256 * 1024)

/* Says that nothing more follows, then throws away what arrives. */
void linger_drain(int socket);
/* Bytes that arrived on the connection since it was made; 0 when that is not known. */
uint64_t linger_received(int socket);
