/*
 * What our handling costs: the same answer from a bare civetweb handler and from
 * this server, in turns, with the same options. Prints requests a second and the
 * ratio; ends with 1 when the ratio of the medians is below 0.9.
 */
#include <http/server.h>

#include <base/clock.h>
#include <base/log.h>

#include <arpa/inet.h>
#include <civetweb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 8
#define ROUNDS 7
#define ROUND_US (1 * US_PER_S)
#define HELLO "{\"hello\":\"world\"}"

static int ours(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	(void)request;
	buffer_add_text(&reply->body, HELLO);
	return 0;
}

static int bare(struct mg_connection *connection, void *context)
{
	static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				    "Content-Length: 17\r\nConnection: keep-alive\r\n\r\n" HELLO;

	(void)context;
	(void)mg_write(connection, reply, sizeof(reply) - 1);
	return 200;
}

struct load {
	int port;
	int64_t until_us;
	atomic_long done;
};

static int open_socket(int port)
{
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&server, sizeof(server)) != 0)
		abort();
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void *load_run(void *context)
{
	static const char ask[] = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
	struct load *load = context;
	int fd = open_socket(load->port);
	char answer[1024];

	while (clock_monotonic_us() < load->until_us) {
		ssize_t size = 0, got = 1;

		if (send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(ask) - 1)
			abort();
		/* The body is the same everywhere, so its end is the answer's. */
		while (got > 0 && (size < 17 || answer[size - 1] != '}')) {
			got = recv(fd, answer + size, sizeof(answer) - (size_t)size, 0);
			size += got;
		}
		if (got <= 0)
			abort();
		atomic_fetch_add_explicit(&load->done, 1, memory_order_relaxed);
	}
	(void)close(fd);
	return NULL;
}

static long run(int port)
{
	struct load load = {.port = port, .until_us = clock_monotonic_us() + ROUND_US};
	pthread_t threads[CLIENTS];

	for (int i = 0; i < CLIENTS; i++) {
		if (pthread_create(&threads[i], NULL, load_run, &load) != 0)
			abort();
	}
	for (int i = 0; i < CLIENTS; i++)
		(void)pthread_join(threads[i], NULL);
	return load.done * US_PER_S / ROUND_US;
}

static int compare(const void *a, const void *b)
{
	const long *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

int main(void)
{
	static const struct http_route routes[] = {{"GET", "/hello", ours}, {NULL}};
	static const char *options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "16",
		"enable_keep_alive", "yes", "keep_alive_timeout_ms", "1000", "tcp_nodelay", "1",
		NULL};
	struct http_server_config config = {
		.listen = "127.0.0.1:0", .threads = 16, .routes = routes};
	struct mg_callbacks callbacks = {0};
	struct mg_server_port ports[1];
	struct http_server *server;
	struct mg_context *civetweb;
	long bare_rates[ROUNDS], our_rates[ROUNDS];
	double ratio;

	log_init("bench", LOG_ERROR);
	if (http_server_start(&config, &server) != 0)
		return 2;
	civetweb = mg_start(&callbacks, NULL, options);
	if (civetweb == NULL || mg_get_server_ports(civetweb, 1, ports) != 1)
		return 2;
	mg_set_request_handler(civetweb, "/hello", bare, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		bare_rates[i] = run(ports[0].port);
		our_rates[i] = run(http_server_port(server));
		printf("bare %6ld/s   ours %6ld/s\n", bare_rates[i], our_rates[i]);
	}
	qsort(bare_rates, ROUNDS, sizeof(bare_rates[0]), compare);
	qsort(our_rates, ROUNDS, sizeof(our_rates[0]), compare);
	ratio = (double)our_rates[ROUNDS / 2] / (double)bare_rates[ROUNDS / 2];
	printf("median: bare %ld/s, ours %ld/s, ratio %.2f\n", bare_rates[ROUNDS / 2],
		our_rates[ROUNDS / 2], ratio);
	mg_stop(civetweb);
	http_server_stop(server);
	return ratio < 0.9;
}
