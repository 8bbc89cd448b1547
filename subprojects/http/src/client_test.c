/*
 * The client against a peer that does exactly what its script says.
 */
#include "testing.h"

#include <http/client.h>

#include <base/fault.h>

#include <testkit/testkit.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the peer does with a request: send this text; NULL closes the connection instead. */
struct peer {
	const char *const *script; /* what comes next; ends with END */
	int listener, port;
	int connections;
	atomic_int requests;
	char latest[8192]; /* the latest request */
	pthread_t thread;
};

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define END "end"
#define SILENCE "" /* never answers; closes when the client has gone */

/* False when the client has closed. */
static bool read_request(struct peer *peer, int fd)
{
	size_t size = 0, whole = 0;

	while (whole == 0 || size < whole) {
		ssize_t got = recv(fd, peer->latest + size, sizeof(peer->latest) - 1 - size, 0);
		const char *end, *length;

		if (got <= 0)
			return false;
		size += (size_t)got;
		peer->latest[size] = '\0';
		end = strstr(peer->latest, "\r\n\r\n");
		length = strstr(peer->latest, "Content-Length: ");
		if (end != NULL)
			whole = (size_t)(end + 4 - peer->latest) +
				(length == NULL ? 0 : strtoul(length + 16, NULL, 10));
	}
	return true;
}

/* Reads a request and plays the next line of the script; false when the connection is over. */
static bool peer_answer(struct peer *peer, int fd)
{
	const char *answer;

	if (!read_request(peer, fd))
		return false;
	answer = *peer->script;
	if (answer != NULL && strcmp(answer, END) == 0)
		return false;
	peer->script++;
	peer->requests++;
	if (answer == NULL)
		return false;
	(void)testing_send(fd, answer, strlen(answer));
	/* An answer that is cut short ends with the connection. */
	return strstr(answer, "CUT") == NULL;
}

static void *peer_run(void *context)
{
	struct peer *peer = context;
	struct pollfd fds[8] = {{.fd = peer->listener, .events = POLLIN}};
	nfds_t count = 1;

	while (poll(fds, count, -1) > 0 && (fds[0].revents & POLLHUP) == 0) {
		for (nfds_t i = count - 1; i > 0; i--) {
			if (fds[i].revents == 0 || peer_answer(peer, fds[i].fd))
				continue;
			(void)close(fds[i].fd);
			fds[i] = fds[--count];
		}
		if (fds[0].revents != 0 && count < 8) {
			fds[count++] = (struct pollfd){
				.fd = accept(peer->listener, NULL, NULL), .events = POLLIN};
			peer->connections++;
		}
	}
	while (count > 1)
		(void)close(fds[--count].fd);
	return NULL;
}

static struct http_client *start(struct peer *peer, const char *const *script)
{
	struct sockaddr_in self = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(self);
	struct http_client *client;
	char base[64];

	*peer = (struct peer){.script = script};
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect_int(bind(peer->listener, (struct sockaddr *)&self, size), 0);
	expect_int(listen(peer->listener, 8), 0);
	expect_int(getsockname(peer->listener, (struct sockaddr *)&self, &size), 0);
	peer->port = ntohs(self.sin_port);
	expect_int(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
	(void)snprintf(base, sizeof(base), "http://127.0.0.1:%d/", peer->port);
	client = http_client_create(base, 2);
	expect(client != NULL);
	return client;
}

static void stop(struct peer *peer, struct http_client *client)
{
	http_client_destroy(client);
	(void)shutdown(peer->listener, SHUT_RDWR);
	(void)pthread_join(peer->thread, NULL);
	(void)close(peer->listener);
}

static int ask(struct http_client *client, const char *method, const char *const *headers,
	struct http_answer *answer)
{
	struct http_call call = {
		.method = method, .path = "/x?y=1", .headers = headers, .timeout_ms = 2000};

	if (strcmp(method, "POST") == 0) {
		call.body = "{}";
		call.body_size = 2;
	}
	return http_client_call(client, &call, answer);
}

/* Asks and forgets the answer. */
static int ask_only(struct http_client *client, const char *method, const char *const *headers)
{
	struct http_answer answer;
	int r = ask(client, method, headers, &answer);

	http_answer_finish(&answer);
	return r;
}

static const char *const keyed[] = {"Idempotency-Key: k-1", NULL};

TEST(sends_what_it_was_told)
{
	static const char *const script[] = {OK, END};
	static const char *const headers[] = {"X-Request-Id: r-7", NULL};
	struct peer peer;
	struct http_client *client = start(&peer, script);
	struct http_call call = {.method = "POST",
		.path = "/a/../b?c=d",
		.headers = headers,
		.body = "{\"a\":1}",
		.body_size = 7,
		.timeout_ms = 2000};
	struct http_answer answer;

	call.trace = trace_make();
	expect_ok(http_client_call(client, &call, &answer));
	http_answer_finish(&answer);
	stop(&peer, client);
	expect(strncmp(peer.latest, "POST /a/../b?c=d HTTP/1.1\r\n", 27) == 0);
	expect(strstr(peer.latest, "\r\nX-Request-Id: r-7\r\n") != NULL);
	expect(strstr(peer.latest, "\r\nContent-Type: application/json\r\n") != NULL);
	expect(strstr(peer.latest, "\r\ntraceparent: 00-") != NULL);
	expect(strstr(peer.latest, "Expect") == NULL);
	expect(strstr(peer.latest, "\r\n\r\n{\"a\":1}") != NULL);
}

TEST(hands_back_status_headers_and_body)
{
	static const char *const script[] = {
		("HTTP/1.1 100 Continue\r\nLocation: /wrong\r\n\r\n"
		 "HTTP/1.1 409 Conflict\r\ncontent-type: application/problem+json\r\n"
		 "Location:   /orders/1  \r\nRetry-After: 7\r\nIdempotency-Replayed: true\r\n"
		 "Content-Length: 5\r\n\r\nwhole"),
		("HTTP/1.1 100 Continue\r\nLocation: /wrong\r\n\r\n"
		 "HTTP/1.1 204 No Content\r\n\r\n"),
		END};
	struct peer peer;
	struct http_client *client = start(&peer, script);
	struct http_answer answer;

	expect_ok(ask(client, "GET", NULL, &answer));
	expect_int(answer.status, 409);
	expect_text(answer.content_type, "application/problem+json");
	expect_text(answer.location, "/orders/1");
	expect_text(answer.retry_after, "7");
	expect_text(answer.replayed, "true");
	expect_bytes(answer.body.data, answer.body.size, "whole", 5);
	http_answer_finish(&answer);
	expect_ok(ask(client, "GET", NULL, &answer));
	expect_int(answer.status, 204);
	expect_text(answer.location, "");
	expect_int(answer.body.size, 0);
	http_answer_finish(&answer);
	stop(&peer, client);
}

TEST(keeps_its_connection)
{
	static const char *const script[] = {OK, OK, OK, OK, END};
	struct peer peer;
	struct http_client *client = start(&peer, script);

	expect_ok(ask_only(client, "GET", NULL));
	expect_ok(ask_only(client, "POST", keyed));
	expect_ok(ask_only(client, "DELETE", NULL));
	expect_ok(ask_only(client, "GET", NULL));
	stop(&peer, client);
	expect_int(peer.connections, 1);
}

TEST(asks_again_when_a_kept_connection_was_closed)
{
	static const char *const script[] = {OK, NULL, OK, NULL, OK, END};
	struct peer peer;
	struct http_client *client = start(&peer, script);

	expect_ok(ask_only(client, "GET", NULL));
	expect_ok(ask_only(client, "GET", NULL));   /* closed, then answered */
	expect_ok(ask_only(client, "POST", keyed)); /* the same */
	stop(&peer, client);
	expect_int(peer.requests, 5);
	expect_int(peer.connections, 3);
}

TEST(asks_again_only_once)
{
	static const char *const script[] = {OK, NULL, NULL, OK, END};
	struct peer peer;
	struct http_client *client = start(&peer, script);

	expect_ok(ask_only(client, "GET", NULL));
	expect_fault(ask_only(client, "GET", NULL), FAULT_PEER);
	expect_int(peer.requests, 3);
	expect_ok(ask_only(client, "GET", NULL));
	stop(&peer, client);
}

TEST(never_asks_again_on_a_new_connection)
{
	static const char *const script[] = {NULL, OK, END};
	struct peer peer;
	struct http_client *client = start(&peer, script);

	expect_fault(ask_only(client, "GET", NULL), FAULT_PEER);
	expect_ok(ask_only(client, "GET", NULL));
	stop(&peer, client);
	expect_int(peer.requests, 2);
}

TEST(never_sends_twice_what_is_not_idempotent)
{
	static const char *const script[] = {OK, OK, NULL, OK, END};
	struct peer peer;
	struct http_client *client = start(&peer, script);

	expect_ok(ask_only(client, "GET", NULL));
	expect_ok(ask_only(client, "POST", NULL));
	expect_fault(ask_only(client, "POST", NULL), FAULT_PEER);
	expect_int(peer.requests, 3);
	expect_ok(ask_only(client, "POST", NULL));
	stop(&peer, client);
	expect_int(peer.connections, 4);
}

TEST(never_asks_again_after_part_of_an_answer)
{
	static const char *const script[] = {
		OK, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nCUT", OK, END};
	struct peer peer;
	struct http_client *client = start(&peer, script);
	struct http_answer answer;

	expect_ok(ask_only(client, "GET", NULL));
	expect_fault(ask(client, "GET", NULL, &answer), FAULT_PEER);
	expect(answer.sent && !answer.timed_out);
	http_answer_finish(&answer);
	expect_int(peer.requests, 2);
	expect_ok(ask_only(client, "GET", NULL));
	stop(&peer, client);
}

TEST(tells_late_from_away)
{
	static const char *const script[] = {SILENCE, OK, END};
	struct peer peer;
	struct http_client *client = start(&peer, script);
	struct http_call call = {.method = "GET", .path = "/", .timeout_ms = 150};
	struct http_answer answer;
	int64_t began_ms = testing_now_ms();

	expect_fault(http_client_call(client, &call, &answer), FAULT_PEER);
	expect(answer.sent && answer.timed_out);
	expect(testing_now_ms() - began_ms >= 140 && testing_now_ms() - began_ms < 1000);
	http_answer_finish(&answer);
	call.timeout_ms = 2000;
	expect_ok(http_client_call(client, &call, &answer));
	http_answer_finish(&answer);
	stop(&peer, client);

	client = http_client_create("http://127.0.0.1:1", 1);
	expect_fault(http_client_call(client, &call, &answer), FAULT_PEER);
	expect(!answer.sent && !answer.timed_out);
	expect(strstr(fault_text(), "http://127.0.0.1:1/") != NULL);
	http_answer_finish(&answer);
	http_client_destroy(client);
}

TEST(bounds_an_answer)
{
	char *large = malloc(HTTP_ANSWER_MAX + 200);
	const char *script[] = {large, OK, END};
	struct peer peer;
	struct http_client *client;
	int head = snprintf(
		large, 200, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", HTTP_ANSWER_MAX + 1);

	memset(large + head, 'x', HTTP_ANSWER_MAX + 1);
	large[head + HTTP_ANSWER_MAX + 1] = '\0';
	client = start(&peer, script);
	expect_fault(ask_only(client, "GET", NULL), FAULT_PEER);
	expect_ok(ask_only(client, "GET", NULL));
	stop(&peer, client);
	free(large);
}

static void *ask_slowly(void *context)
{
	struct http_call call = {.method = "GET", .path = "/", .timeout_ms = 400};
	struct http_answer answer;

	(void)http_client_call(context, &call, &answer);
	http_answer_finish(&answer);
	return NULL;
}

TEST(waits_for_a_free_connection_no_longer_than_it_may)
{
	static const char *const script[] = {SILENCE, END};
	struct peer peer;
	struct http_client *pair = start(&peer, script), *single;
	struct http_call call = {.method = "GET", .path = "/", .timeout_ms = 100};
	struct http_answer answer;
	pthread_t thread;
	char base[64];

	(void)snprintf(base, sizeof(base), "http://127.0.0.1:%d", peer.port);
	single = http_client_create(base, 1);
	expect_int(pthread_create(&thread, NULL, ask_slowly, single), 0);
	while (peer.requests == 0)
		(void)sched_yield();
	expect_fault(http_client_call(single, &call, &answer), FAULT_PEER);
	expect(strstr(fault_text(), "all 1 connections are busy") != NULL);
	expect(!answer.sent && answer.timed_out);
	http_answer_finish(&answer);
	(void)pthread_join(thread, NULL);
	http_client_destroy(single);
	stop(&peer, pair);
}

TEST(uses_no_proxy)
{
	static const char *const script[] = {OK, END};
	struct peer peer;
	struct http_client *client = start(&peer, script);

	expect_int(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	expect_int(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
	expect_ok(ask_only(client, "GET", NULL));
	stop(&peer, client);
}

static atomic_int lookups;

/* In the place of libc's, for libcurl too: "moving.test" is this host, and is counted. */
int getaddrinfo(const char *restrict name, const char *restrict service,
	const struct addrinfo *restrict hints, struct addrinfo **restrict answer)
{
	int (*libc)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	bool moving = name != NULL && strcmp(name, "moving.test") == 0;

	*(void **)&libc = dlsym(RTLD_NEXT, "getaddrinfo");
	lookups += moving;
	return libc(moving ? "127.0.0.1" : name, service, hints, answer);
}

TEST(asks_for_the_address_again_with_each_connection)
{
	static const char *const script[] = {
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", OK, END};
	struct peer peer;
	struct http_client *client = start(&peer, script), *by_name;
	char base[64];

	(void)snprintf(base, sizeof(base), "http://moving.test:%d", peer.port);
	by_name = http_client_create(base, 1);
	expect_ok(ask_only(by_name, "GET", NULL));
	expect_ok(ask_only(by_name, "GET", NULL));
	http_client_destroy(by_name);
	stop(&peer, client);
	expect_int(lookups, 2);
}

TEST(takes_only_plain_http)
{
	static const char *const bad[] = {"", "http://", "https://x", "ftp://x", "127.0.0.1:80"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(http_client_create(bad[i], 1) == NULL);
}

TESTS("client", TEST_CASE(sends_what_it_was_told), TEST_CASE(hands_back_status_headers_and_body),
	TEST_CASE(keeps_its_connection), TEST_CASE(asks_again_when_a_kept_connection_was_closed),
	TEST_CASE(asks_again_only_once), TEST_CASE(never_asks_again_on_a_new_connection),
	TEST_CASE(never_sends_twice_what_is_not_idempotent),
	TEST_CASE(never_asks_again_after_part_of_an_answer), TEST_CASE(tells_late_from_away),
	TEST_CASE(bounds_an_answer), TEST_CASE(waits_for_a_free_connection_no_longer_than_it_may),
	TEST_CASE(uses_no_proxy), TEST_CASE(asks_for_the_address_again_with_each_connection),
	TEST_CASE(takes_only_plain_http))
