/*
 * The sockets of this process, found through /proc/self/fd: civetweb does not
 * tell its own.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>

struct socket_ends {
	char address[INET6_ADDRSTRLEN]; /* the peer's */
	int port;
	int local_port;
};

/* Calls @visit for each connected TCP socket until it answers false. */
void sockets_visit(
	bool (*visit)(void *context, int fd, const struct socket_ends *ends), void *context);
