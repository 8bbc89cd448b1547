/*
 * What no well-behaved client sends: each is refused with the right status or
 * dropped, never misread, and the server lives on.
 */
#include "testing.h"

#include <http/server.h>

#include <base/log.h>

#include <testkit/testkit.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MUTATIONS 2000

static atomic_int asked; /* how many requests reached the handler */

static int count(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	asked++;
	buffer_add(&reply->body, request->body, request->body_size);
	return 0;
}

static const struct http_route routes[] = {
	{"POST", "/count", count}, {"GET", "/count", count}, {"GET", "/count/{id}", count}, {NULL}};

static struct http_server *start(void)
{
	struct http_server_config config = {
		.listen = "127.0.0.1:0", .threads = 4, .routes = routes};
	struct http_server *server;

	log_init("test", LOG_ERROR);
	expect_ok(http_server_start(&config, &server));
	return server;
}

/* Sends @text and the end of it; reads all that comes. */
static void send_all(int port, const void *bytes, size_t size, struct testing_reply *ret_reply)
{
	int fd = testing_connect(port);

	(void)testing_send(fd, bytes, size);
	(void)shutdown(fd, SHUT_WR);
	testing_read(fd, false, ret_reply);
	(void)close(fd);
}

struct malformed {
	const char *text;
	int status; /* 0: dropped without an answer */
};

#define SMUGGLED "GET /count HTTP/1.1\r\nHost: x\r\n\r\n"

/* clang-format off */
static const struct malformed cases[] = {
	/* Nothing to answer. */
	{"", 0},
	{"* * *\r\n\r\n", 400},
	{"GET\r\n\r\n", 400},
	{"GET /count\r\n\r\n", 400},
	{"GET /count HTTP/1.1", 400},
	{"GET /count HTTP/1.1\r\nHost: x\r\n", 400},
	{"\r\n\r\n", 400},
	{"BREW /count HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	{"GET /count HTTP/2.0\r\nHost: x\r\n\r\n", 505},
	{"GET /count HTTP/1.2\r\nHost: x\r\n\r\n", 505},
	{"GET /count FTP/1.1\r\nHost: x\r\n\r\n", 400},
	{"GET count HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	{"GET /count%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	{"GET /count%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	{"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	{"GET /count/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1\r\nHost: x\r\n\r\n", 200},
	{"GET /count/.. HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	/* Host. */
	{"GET /count HTTP/1.1\r\n\r\n", 400},
	{"GET /count HTTP/1.1\r\nX: y\r\n\r\n", 400},
	{"GET /count HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
	{"GET /count HTTP/1.0\r\n\r\n", 200},
	/* Fields. */
	{"GET /count HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400},
	{"GET /count HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n", 400},
	{"GET /count HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400},
	{"GET /count HTTP/1.1\r\nHost: x\r\nX: y\x01\r\n\r\n", 400},
	{"GET /count HTTP/1.1\r\nHost: x\r\nX: y\x7f\r\n\r\n", 400},
	{"GET /count HTTP/1.1\r\nHost: x\r\nX: y\rZ\r\n\r\n", 400},
	/* A folded line hides what follows it. */
	{"POST /count HTTP/1.1\r\nHost: x\r\nX: y\r\n z\r\nContent-Length: 32\r\n\r\n" SMUGGLED, 400},
	{"POST /count HTTP/1.1\r\nHost: x\n\r\nContent-Length: 32\r\n\r\n" SMUGGLED, 400},
	/* Bare line feeds. */
	{"GET /count HTTP/1.1\nHost: x\n\n", 400},
	/* Lengths. */
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 5x\r\n\r\nabcde", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nabcde", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nabcde", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nabcde", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\nabcde", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 32\r\n\r\n" SMUGGLED, 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775807\r\n\r\n", 413},
	/* Transfer codings. */
	{"POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
	{"POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", 501},
	{"POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 32\r\n\r\n0\r\n\r\n" SMUGGLED, 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 32\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED, 400},
	{"POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED, 501},
	/* Upgrades are not known; the request is served as it is and the connection ends. */
	{"GET /count HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n", 200},
	{"GET /count HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n", 200},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
	{"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 0},
	{"GET http://elsewhere/count HTTP/1.1\r\nHost: x\r\n\r\n", 0},
	{"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
};
/* clang-format on */

TEST(refuses_each_malformed_request)
{
	struct http_server *server = start();
	int wrong = 0, served = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct testing_reply reply;

		served += cases[i].status == 200;
		send_all(http_server_port(server), cases[i].text, strlen(cases[i].text), &reply);
		if (reply.status != cases[i].status) {
			wrong++;
			printf("case %zu: wanted %d: %.60s -> %.200s\n", i, cases[i].status,
				cases[i].text, reply.text);
		}
		if (reply.status >= 400 && strstr(reply.text, "application/problem+json") == NULL)
			fail_test("case %zu is no problem: %s", i, reply.text);
		testing_reply_finish(&reply);
	}
	expect_int(wrong, 0);
	/* Nothing that was smuggled behind a refused request was served. */
	expect_int(asked, served);
	http_server_stop(server);
}

TEST(refuses_too_many_fields)
{
	struct http_server *server = start();
	char text[4096] = "POST /count HTTP/1.1\r\nHost: x\r\n";
	struct testing_reply reply;
	size_t length = strlen(text);

	for (int i = 0; i < 70; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "X-%d: y\r\n", i);
	(void)snprintf(text + length, sizeof(text) - length, "Content-Length: 32\r\n\r\n" SMUGGLED);
	send_all(http_server_port(server), text, strlen(text), &reply);
	expect_int(reply.status, 431);
	expect_int(asked, 0);
	testing_reply_finish(&reply);
	http_server_stop(server);
}

TEST(holds_a_nul_against_a_request)
{
	struct http_server *server = start();
	static const char text[] = "GET /co\0unt HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char body[] =
		"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na\0b";
	struct testing_reply reply;

	send_all(http_server_port(server), text, sizeof(text) - 1, &reply);
	expect_int(reply.status, 400);
	testing_reply_finish(&reply);
	/* In a body it is a byte like any other. */
	send_all(http_server_port(server), body, sizeof(body) - 1, &reply);
	expect_int(reply.status, 200);
	expect_bytes(reply.body, reply.body_size, "a\0b", 3);
	testing_reply_finish(&reply);
	http_server_stop(server);
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Changes, drops, doubles or inserts a few bytes. */
static size_t mutate(char *text, size_t size, size_t room, uint64_t *state)
{
	static const char spice[] = "\r\n\t :%/?\0\x01\x7f\xff,;0x-{}";

	for (uint64_t n = random_next(state) % 4 + 1; n > 0 && size > 1; n--) {
		size_t at = random_next(state) % size;
		size_t length = random_next(state) % (size - at);

		switch (random_next(state) % 4) {
		case 0:
			text[at] = (char)random_next(state);
			break;
		case 1:
			text[at] = spice[random_next(state) % sizeof(spice)];
			break;
		case 2:
			memmove(text + at, text + at + length, size - at - length);
			size -= length;
			break;
		default:
			if (size + length > room)
				break;
			memmove(text + at + length, text + at, size - at);
			size += length;
			break;
		}
	}
	return size;
}

TEST(survives_mutated_requests)
{
	struct http_server *server = start();
	uint64_t state = 88172645463325252u;
	struct testing_reply reply;
	int answered = 0;

	for (int i = 0; i < MUTATIONS; i++) {
		const char *seed =
			cases[random_next(&state) % (sizeof(cases) / sizeof(cases[0]))].text;
		char text[1024];
		size_t size = strlen(seed);

		memcpy(text, seed, size);
		size = mutate(text, size, sizeof(text), &state);
		send_all(http_server_port(server), text, size, &reply);
		if (reply.size != 0 && (reply.status < 100 || reply.status > 505))
			fail_test("mutation %d: %.200s", i, reply.text);
		answered += reply.status != 0;
		testing_reply_finish(&reply);
	}
	expect(answered > MUTATIONS / 2);
	send_all(http_server_port(server), SMUGGLED, strlen(SMUGGLED), &reply);
	expect_int(reply.status, 200);
	testing_reply_finish(&reply);
	http_server_stop(server);
}

static const struct testkit_case tests[] = {TEST_CASE(refuses_each_malformed_request),
	TEST_CASE(refuses_too_many_fields), TEST_CASE(holds_a_nul_against_a_request),
	{"survives_mutated_requests", survives_mutated_requests, 60}, {0}};

int main(int argc, char **argv)
{
	return testkit_main("malformed", tests, argc, argv);
}
