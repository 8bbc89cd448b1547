#include "linger.h"

#include <base/clock.h>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

static bool wait_readable(int socket, int64_t until_us)
{
	struct pollfd poller = {.fd = socket, .events = POLLIN};
	int64_t left_us = until_us - clock_monotonic_us();

	return left_us > 0 && poll(&poller, 1, (int)(left_us / US_PER_MS) + 1) > 0;
}

void linger_drain(int socket)
{
	int64_t until_us = clock_monotonic_us() + LINGER_MS * US_PER_MS;
	size_t total = 0;
	char waste[4096];

	(void)shutdown(socket, SHUT_WR);
	while (total < LINGER_BYTES_MAX && wait_readable(socket, until_us)) {
		ssize_t size = recv(socket, waste, sizeof(waste), MSG_DONTWAIT);

		if (size <= 0)
			return;
		total += (size_t)size;
	}
}

uint64_t linger_received(int socket)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
		size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t))
		return 0;
	return info.tcpi_bytes_received;
}
