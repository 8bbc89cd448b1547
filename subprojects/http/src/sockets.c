#include "sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/socket.h>

static int port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)address)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
}

static bool ends_read(int fd, struct socket_ends *ret_ends)
{
	struct sockaddr_storage peer = {0}, local = {0};
	socklen_t peer_size = sizeof(peer), local_size = sizeof(local);
	const void *raw = &((const struct sockaddr_in *)&peer)->sin_addr;

	if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0 ||
		getsockname(fd, (struct sockaddr *)&local, &local_size) != 0)
		return false;
	if (peer.ss_family == AF_INET6)
		raw = &((const struct sockaddr_in6 *)&peer)->sin6_addr;
	else if (peer.ss_family != AF_INET)
		return false;
	ret_ends->port = port_of(&peer);
	ret_ends->local_port = port_of(&local);
	return inet_ntop(peer.ss_family, raw, ret_ends->address, sizeof(ret_ends->address)) != NULL;
}

void sockets_visit(
	bool (*visit)(void *context, int fd, const struct socket_ends *ends), void *context)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	struct socket_ends ends;
	bool more = true;

	if (directory == NULL)
		return;
	while (more && (entry = readdir(directory)) != NULL) {
		char *end;
		long fd = strtol(entry->d_name, &end, 10);

		if (*end == '\0' && fd >= 0 && ends_read((int)fd, &ends))
			more = visit(context, (int)fd, &ends);
	}
	(void)closedir(directory);
}
