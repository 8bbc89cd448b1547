#include "proxy.h"

#include "frames.h"

#include <testkit/testkit.h>

#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define PRODUCE 0
#define METADATA 3

static struct proxy *proxy;
static int listener;

static int receive_timeout(int fd)
{
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_sec = 5},
		sizeof(struct timeval));
	return fd;
}

/* A broker's listener, and a connection to it by way of the proxy. */
static int connect_through(int *ret_broker)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct sockaddr_storage detour;
	int client;

	if (!proxy) {
		listener = receive_timeout(socket(AF_INET, SOCK_STREAM, 0));
		expect_int(bind(listener, (struct sockaddr *)&address, size), 0);
		expect_int(listen(listener, 4), 0);
		expect_ok(proxy_create(&proxy));
	}
	expect_int(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	detour = proxy_detour(proxy, (struct sockaddr *)&address, size);
	client = receive_timeout(socket(AF_INET, SOCK_STREAM, 0));
	expect_int(connect(client, (struct sockaddr *)&detour, sizeof(address)), 0);
	*ret_broker = receive_timeout(accept(listener, NULL, NULL));
	expect(*ret_broker >= 0);
	return client;
}

static void ask(int fd, int api, int correlation)
{
	const uint8_t request[] = {
		0, 0, 0, 9, 0, (uint8_t)api, 0, 7, 0, 0, 0, (uint8_t)correlation, 'x'};

	expect_int(send(fd, request, sizeof(request), 0), (int)sizeof(request));
}

static void answer(int fd, int correlation)
{
	const uint8_t bytes[] = {0, 0, 0, 5, 0, 0, 0, (uint8_t)correlation, 'y'};

	expect_int(send(fd, bytes, sizeof(bytes), 0), (int)sizeof(bytes));
}

/* What comes next to the broker is that request. */
static void expect_request(int fd, int correlation)
{
	uint8_t bytes[13];

	expect_int(recv(fd, bytes, sizeof(bytes), MSG_WAITALL), (int)sizeof(bytes));
	expect_int(bytes[11], correlation);
}

static void expect_answer(int fd, int correlation)
{
	uint8_t bytes[9];

	expect_int(recv(fd, bytes, sizeof(bytes), MSG_WAITALL), (int)sizeof(bytes));
	expect_int(bytes[7], correlation);
}

static void expect_closed(int fd)
{
	uint8_t byte;

	expect_int(recv(fd, &byte, 1, 0), 0);
}

TEST(all_passes_until_it_is_armed)
{
	int broker, client = connect_through(&broker);

	for (int i = 1; i < 5; i++) {
		ask(client, i % 2 ? PRODUCE : METADATA, i);
		expect_request(broker, i);
		answer(broker, i);
		expect_answer(client, i);
	}
	expect(!proxy_has_struck(proxy));
}

TEST(loses_one_request_and_closes_after_later_answers)
{
	int broker, client = connect_through(&broker);

	proxy_arm(proxy, 2);
	ask(client, METADATA, 1);
	ask(client, PRODUCE, 2);
	ask(client, PRODUCE, 3);
	ask(client, PRODUCE, 4);
	expect_request(broker, 1);
	expect_request(broker, 3);
	expect_request(broker, 4);
	/* One to a request before it does not count. */
	answer(broker, 1);
	answer(broker, 3);
	answer(broker, 4);
	expect_answer(client, 1);
	expect_answer(client, 3);
	expect_answer(client, 4);
	expect_closed(client);
	expect_closed(broker);
	expect(proxy_has_struck(proxy));
}

TEST(strikes_once_and_lets_the_next_connection_be)
{
	int broker, client = connect_through(&broker);

	proxy_arm(proxy, 1);
	ask(client, PRODUCE, 1);
	ask(client, PRODUCE, 2);
	expect_request(broker, 2);
	answer(broker, 2);
	expect_answer(client, 2);
	expect_closed(client);
	client = connect_through(&broker);
	ask(client, PRODUCE, 1);
	expect_request(broker, 1);
}

TEST(closes_when_nothing_more_comes)
{
	int broker, client = connect_through(&broker);

	proxy_arm(proxy, 100);
	ask(client, PRODUCE, 1);
	expect_closed(client);
	expect(proxy_has_struck(proxy));
}

TEST(what_it_cannot_read_passes_untouched)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01 hello of another protocol";
	char bytes[sizeof(hello)];
	int broker, client = connect_through(&broker);

	proxy_arm(proxy, 1);
	expect_int(send(client, hello, sizeof(hello), 0), (int)sizeof(hello));
	expect_int(recv(broker, bytes, sizeof(bytes), MSG_WAITALL), (int)sizeof(bytes));
	expect(memcmp(bytes, hello, sizeof(hello)) == 0);
	expect_int(send(broker, hello, sizeof(hello), 0), (int)sizeof(hello));
	expect_int(recv(client, bytes, sizeof(bytes), MSG_WAITALL), (int)sizeof(bytes));
	expect(memcmp(bytes, hello, sizeof(hello)) == 0);
	expect(!proxy_has_struck(proxy));
}

TEST(ends_with_connections_open)
{
	int broker, client = connect_through(&broker);

	ask(client, PRODUCE, 1);
	expect_request(broker, 1);
	proxy_destroy(proxy);
	expect_closed(client);
	expect_closed(broker);
	proxy_destroy(NULL);
}

TESTS("proxy", TEST_CASE(all_passes_until_it_is_armed),
	TEST_CASE(loses_one_request_and_closes_after_later_answers),
	TEST_CASE(strikes_once_and_lets_the_next_connection_be),
	TEST_CASE(closes_when_nothing_more_comes), TEST_CASE(what_it_cannot_read_passes_untouched),
	TEST_CASE(ends_with_connections_open))
