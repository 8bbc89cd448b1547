/*
 * The server over loopback, as a well-behaved client sees it.
 */
#include "testing.h"

#include <http/server.h>

#include <base/fault.h>
#include <base/log.h>

#include <testkit/testkit.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct context {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool entered, released, unready;
};

static int echo(void *context, const struct http_request *request, struct http_reply *reply)
{
	const char *extra = http_request_header(request, "x-extra");

	(void)context;
	buffer_add_format(&reply->body, "%s|%s|%s|%s|%s", request->params[0], request->path,
		request->query == NULL ? "-" : request->query, extra == NULL ? "-" : extra,
		request->body);
	reply->status = 201;
	http_reply_header(reply, "Location", "/things/%s", request->params[0]);
	return 0;
}

static int size_of(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	buffer_add_format(&reply->body, "%zu", request->body_size);
	return 0;
}

static int large(void *context, const struct http_request *request, struct http_reply *reply)
{
	size_t size = strtoul(request->params[0], NULL, 10);

	(void)context;
	for (size_t i = 0; i < size; i++)
		buffer_add_byte(&reply->body, (uint8_t)('a' + i % 26));
	return 0;
}

static int failing(void *context, const struct http_request *request, struct http_reply *reply)
{
	int kind = (int)strtol(request->params[0], NULL, 10);

	(void)context;
	buffer_add_text(&reply->body, "half an answer");
	http_reply_header(reply, "Location", "/nowhere");
	return kind < 0 ? fault((enum fault)kind, "secret words") : kind;
}

static int waiting(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct context *shared = context;

	(void)request;
	(void)pthread_mutex_lock(&shared->lock);
	shared->entered = true;
	(void)pthread_cond_broadcast(&shared->changed);
	while (!shared->released)
		(void)pthread_cond_wait(&shared->changed, &shared->lock);
	(void)pthread_mutex_unlock(&shared->lock);
	buffer_add_text(&reply->body, "done");
	return 0;
}

static int ready(void *context)
{
	const struct context *shared = context;

	return shared->unready ? fault(FAULT_DB, "the database is away") : 0;
}

static const struct http_route routes[] = {
	{"POST", "/things/{id}", echo},
	{"GET", "/things/{id}", echo},
	{"POST", "/size", size_of},
	{"GET", "/large/{size}", large},
	{"GET", "/failing/{kind}", failing},
	{"GET", "/waiting", waiting},
	{NULL},
};

static struct context shared = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static struct http_server *start(void)
{
	struct http_server_config config = {.listen = "127.0.0.1:0",
		.threads = 4,
		.routes = routes,
		.context = &shared,
		.ready = ready,
		.ready_context = &shared};
	struct http_server *server;

	log_init("test", LOG_ERROR);
	expect_ok(http_server_start(&config, &server));
	expect(http_server_port(server) > 0);
	return server;
}

/* One request, one answer: its status, and whether its text holds @part. */
static void expect_answer(
	const struct http_server *server, const char *text, int status, const char *part)
{
	struct testing_reply reply;

	testing_ask(http_server_port(server), text, &reply);
	if (reply.status != status || strstr(reply.text, part) == NULL)
		fail_test("wanted %d with \"%s\", got: %s", status, part, reply.text);
	testing_reply_finish(&reply);
}

#define HOST "Host: x\r\n"

TEST(answers_with_what_was_asked)
{
	struct http_server *server = start();
	struct testing_reply reply;

	testing_ask(http_server_port(server),
		"POST /things/a%2Fb?x=%20 HTTP/1.1\r\n" HOST
		"X-Extra: more\r\nContent-Length: 5\r\n\r\nhello",
		&reply);
	expect_int(reply.status, 201);
	expect_text(reply.body, "a/b|/things/a/b|x=%20|more|hello");
	expect_text(testing_header(&reply, "Location"), "/things/a/b");
	expect_text(testing_header(&reply, "Content-Type"), "application/json");
	expect_text(testing_header(&reply, "Connection"), "keep-alive");
	expect(testing_header(&reply, "Date") != NULL);
	testing_reply_finish(&reply);
	http_server_stop(server);
}

TEST(keeps_a_connection_and_takes_requests_in_a_row)
{
	struct http_server *server = start();
	int fd = testing_connect(http_server_port(server));
	static const char two[] = "POST /things/1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab"
				  "GET /things/2 HTTP/1.1\r\n" HOST "\r\n";
	static const char last[] = "GET /things/3 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	struct testing_reply reply;

	expect(testing_send(fd, two, strlen(two)));
	testing_read(fd, false, &reply);
	expect_text(reply.body, "1|/things/1|-|-|ab");
	testing_reply_finish(&reply);
	testing_read(fd, false, &reply);
	expect_text(reply.body, "2|/things/2|-|-|");
	testing_reply_finish(&reply);
	expect(testing_send(fd, last, strlen(last)));
	testing_read(fd, false, &reply);
	expect_text(testing_header(&reply, "Connection"), "close");
	testing_reply_finish(&reply);
	testing_read(fd, false, &reply);
	expect_int(reply.size, 0);
	testing_reply_finish(&reply);
	(void)close(fd);
	http_server_stop(server);
}

TEST(carries_the_request_id_and_the_trace)
{
	struct http_server *server = start();
	int port = http_server_port(server);
	struct testing_reply reply;
	const char *header;

	testing_ask(port,
		"GET /nothing HTTP/1.1\r\n" HOST "X-Request-Id: my-id.7\r\ntraceparent: "
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n",
		&reply);
	expect_text(testing_header(&reply, "X-Request-Id"), "my-id.7");
	header = testing_header(&reply, "traceparent");
	expect(strncmp(header, "00-4bf92f3577b34da6a3ce929d0e0e4736-", 36) == 0);
	expect(strstr(header, "00f067aa0ba902b7") == NULL);
	expect(strstr(reply.body, "\"request_id\":\"my-id.7\"") != NULL);
	expect(strstr(reply.body, "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"") != NULL);
	testing_reply_finish(&reply);

	testing_ask(
		port, "GET /nothing HTTP/1.1\r\n" HOST "X-Request-Id: <script>\r\n\r\n", &reply);
	expect_int(strlen(testing_header(&reply, "X-Request-Id")), 36);
	expect_int(strlen(testing_header(&reply, "traceparent")), 55);
	testing_reply_finish(&reply);
	http_server_stop(server);
}

TEST(says_what_a_path_can_be_asked)
{
	struct http_server *server = start();
	static const char head[] = "HEAD /livez HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	struct testing_reply reply;
	int fd;

	expect_answer(server, "GET /nothing HTTP/1.1\r\n" HOST "\r\n", 404, "/problems/not-found");
	expect_answer(
		server, "DELETE /things/1 HTTP/1.1\r\n" HOST "\r\n", 405, "Allow: POST, GET\r\n");
	expect_answer(server, "POST /livez HTTP/1.1\r\n" HOST "\r\n", 405, "Allow: GET\r\n");

	fd = testing_connect(http_server_port(server));
	expect(testing_send(fd, head, strlen(head)));
	testing_read(fd, true, &reply);
	expect_int(reply.status, 405);
	testing_reply_finish(&reply);
	testing_read(fd, false, &reply);
	expect_int(reply.size, 0); /* an answer to HEAD has no body */
	testing_reply_finish(&reply);
	(void)close(fd);
	http_server_stop(server);
}

static void expect_fault_answer(
	const struct http_server *server, int kind, int status, const char *part)
{
	struct testing_reply reply;
	char text[80];

	(void)snprintf(text, sizeof(text), "GET /failing/%d HTTP/1.1\r\n" HOST "\r\n", kind);
	testing_ask(http_server_port(server), text, &reply);
	if (reply.status != status || strstr(reply.text, part) == NULL)
		fail_test("fault %d: %s", kind, reply.text);
	expect(strstr(reply.text, "half an answer") == NULL);
	expect(strstr(reply.text, "secret") == NULL);
	expect(testing_header(&reply, "Location") == NULL);
	testing_reply_finish(&reply);
}

TEST(answers_a_fault_with_a_problem)
{
	struct http_server *server = start();

	expect_fault_answer(server, FAULT_DB, 503, "Retry-After: 1\r\n");
	expect_fault_answer(server, FAULT_PEER, 503, "/problems/unavailable");
	expect_fault_answer(server, FAULT_LIMIT, 503, "/problems/unavailable");
	expect_fault_answer(server, FAULT_DB_UNKNOWN, 504, "Retry-After: 1\r\n");
	expect_fault_answer(server, FAULT_DB_UNKNOWN, 504, "/problems/outcome-unknown");
	expect_fault_answer(server, FAULT_STATE, 500, "/problems/internal");
	expect_fault_answer(server, FAULT_DB_DATA, 500, "/problems/internal");
	expect_fault_answer(server, 1, 500, "/problems/internal");
	http_server_stop(server);
}

TEST(has_probes_and_metrics)
{
	struct http_server *server = start();

	expect_answer(server, "GET /livez HTTP/1.1\r\n" HOST "\r\n", 200, "\"ok\"");
	expect_answer(server, "GET /readyz HTTP/1.1\r\n" HOST "\r\n", 200, "\"ok\"");
	shared.unready = true;
	expect_answer(server, "GET /readyz HTTP/1.1\r\n" HOST "\r\n", 503, "the database is away");
	expect_answer(server, "GET /livez HTTP/1.1\r\n" HOST "\r\n", 200, "\"ok\"");
	expect_answer(server, "GET /things/1 HTTP/1.1\r\n" HOST "\r\n", 201, "");
	expect_answer(server, "GET /metrics HTTP/1.1\r\n" HOST "\r\n", 200,
		"\norderlab_http_requests_total{method=\"GET\",route=\"/readyz\",status=\"5xx\"} "
		"1\n");
	expect_answer(server, "GET /metrics HTTP/1.1\r\n" HOST "\r\n", 200,
		"orderlab_http_requests_total{method=\"GET\",route=\"/things/"
		"{id}\",status=\"2xx\"} 1\n");
	expect_answer(server, "GET /metrics HTTP/1.1\r\n" HOST "\r\n", 200,
		"orderlab_http_request_duration_seconds_count{method=\"GET\",route=\"/livez\"} "
		"2\n");
	http_server_stop(server);
}

/* "POST /size" with a body of @size bytes after a head with a field of @padding bytes. */
static void ask_size(const struct http_server *server, size_t padding, size_t size,
	struct testing_reply *ret_reply)
{
	char *text = malloc(padding + size + 256);
	int head;

	expect(text != NULL);
	head = snprintf(text, padding + 256,
		"POST /size HTTP/1.1\r\n" HOST "X: %0*d\r\nContent-Length: %zu\r\n\r\n",
		(int)padding, 0, size);
	memset(text + head, 'x', size);
	testing_ask_bytes(http_server_port(server), text, (size_t)head + size, ret_reply);
	free(text);
}

TEST(bounds_body_and_head)
{
	/* What "POST /size" has besides the padding. */
	static const size_t rest =
		sizeof("POST /size HTTP/1.1\r\n" HOST "X: \r\nContent-Length: 0\r\n\r\n") - 1;
	static const struct {
		size_t padding, size;
		int status;
	} cases[] = {
		{1, HTTP_BODY_MAX, 200},
		{1, HTTP_BODY_MAX + 1, 413},
		{1, 300 * 1024, 413},
		{HTTP_HEAD_MAX - rest, 0, 200},
		{HTTP_HEAD_MAX - rest + 1, 0, 431},
		{HTTP_HEAD_MAX + 4000, HTTP_BODY_MAX, 431},
		{2 * HTTP_HEAD_MAX, 0, 431},
		{200 * 1024, 0, 431},
	};
	struct http_server *server = start();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct testing_reply reply;

		ask_size(server, cases[i].padding, cases[i].size, &reply);
		if (reply.status != cases[i].status)
			fail_test("case %zu: %.300s", i, reply.text);
		if (reply.status != 200)
			expect_text(testing_header(&reply, "Connection"), "close");
		testing_reply_finish(&reply);
	}
	http_server_stop(server);
}

/* Closing at once would reset the connection, and a reset can overtake the answer. */
TEST(ends_a_refused_connection_in_order)
{
	static const char head[] = "POST /size HTTP/1.1\r\n" HOST "Content-Length: 200000\r\n\r\n";
	static const char body[100 * 1024];
	struct http_server *server = start();
	int fd = testing_connect(http_server_port(server));
	struct testing_reply reply;
	char byte;

	expect(testing_send(fd, head, strlen(head)));
	expect(testing_send(fd, body, sizeof(body)));
	testing_read(fd, false, &reply);
	expect_int(reply.status, 413);
	testing_reply_finish(&reply);
	expect_int(recv(fd, &byte, 1, 0), 0);
	/* Were it closed already, the first would be answered by a reset and the second fail. */
	expect(testing_send(fd, body, 1000));
	expect(testing_send(fd, body, 1000));
	(void)close(fd);
	http_server_stop(server);
}

TEST(sends_large_replies_whole)
{
	static const char *const sizes[] = {"0", "16384", "16385", "1048576"};
	struct http_server *server = start();

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct testing_reply reply;
		char text[80];

		(void)snprintf(
			text, sizeof(text), "GET /large/%s HTTP/1.1\r\n" HOST "\r\n", sizes[i]);
		testing_ask(http_server_port(server), text, &reply);
		expect_int(reply.status, 200);
		expect_int(reply.body_size, strtol(sizes[i], NULL, 10));
		if (reply.body_size != 0)
			expect_int(reply.body[reply.body_size - 1],
				'a' + (int)((reply.body_size - 1) % 26));
		testing_reply_finish(&reply);
	}
	expect_answer(
		server, "GET /large/1048577 HTTP/1.1\r\n" HOST "\r\n", 500, "/problems/internal");
	http_server_stop(server);
}

TEST(tells_a_client_to_go_on)
{
	struct http_server *server = start();
	int fd = testing_connect(http_server_port(server));
	static const char head[] =
		"POST /size HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";
	struct testing_reply reply;

	expect(testing_send(fd, head, strlen(head)));
	testing_read(fd, true, &reply);
	expect_int(reply.status, 100);
	testing_reply_finish(&reply);
	expect(testing_send(fd, "abc", 3));
	testing_read(fd, false, &reply);
	expect_text(reply.body, "3");
	testing_reply_finish(&reply);
	(void)close(fd);
	expect_answer(server, "POST /size HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n", 417, "problem");
	http_server_stop(server);
}

static void *stop_server(void *server)
{
	http_server_stop(server);
	return NULL;
}

TEST(lets_a_running_request_end)
{
	struct http_server *server = start();
	int fd = testing_connect(http_server_port(server));
	int other = testing_connect(http_server_port(server));
	static const char text[] = "GET /waiting HTTP/1.1\r\n" HOST "\r\n";
	static const char late[] = "GET /things/1 HTTP/1.1\r\n" HOST "\r\n";
	struct testing_reply reply;
	pthread_t stopper;
	int status = 0;

	expect(testing_send(fd, text, strlen(text)));
	(void)pthread_mutex_lock(&shared.lock);
	while (!shared.entered)
		(void)pthread_cond_wait(&shared.changed, &shared.lock);
	(void)pthread_mutex_unlock(&shared.lock);
	expect_int(pthread_create(&stopper, NULL, stop_server, server), 0);

	/* Others are turned away as soon as the stop has begun. */
	while (status != 503) {
		expect(testing_send(other, late, strlen(late)));
		testing_read(other, false, &reply);
		status = reply.status;
		expect(status == 503 || status == 201);
		testing_reply_finish(&reply);
	}
	(void)pthread_mutex_lock(&shared.lock);
	shared.released = true;
	(void)pthread_cond_broadcast(&shared.changed);
	(void)pthread_mutex_unlock(&shared.lock);
	testing_read(fd, false, &reply);
	expect_int(reply.status, 200);
	expect_text(reply.body, "done");
	testing_reply_finish(&reply);
	(void)pthread_join(stopper, NULL);
	(void)close(fd);
	(void)close(other);
}

TEST(stops_at_once_with_idle_connections)
{
	struct http_server *server = start();
	int port = http_server_port(server), silent = testing_connect(port),
	    idle = testing_connect(port);
	static const char text[] = "GET /livez HTTP/1.1\r\n" HOST "\r\n";
	struct testing_reply reply;
	int64_t began_ms;

	expect(testing_send(idle, text, strlen(text)));
	testing_read(idle, false, &reply);
	testing_reply_finish(&reply);
	began_ms = testing_now_ms();
	http_server_stop(server);
	expect(testing_now_ms() - began_ms < 500);
	(void)close(silent);
	(void)close(idle);
}

TEST(says_why_it_cannot_listen)
{
	struct http_server *server = start(), *second = NULL;
	char listen[32];
	struct http_server_config config = {.listen = listen, .threads = 1, .routes = routes};
	static const char *const bad[] = {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:80s",
		"127.0.0.1:99999", "127.0.0.1:80,90", ":80"};

	(void)snprintf(listen, sizeof(listen), "127.0.0.1:%d", http_server_port(server));
	expect_fault(http_server_start(&config, &second), FAULT_SYSTEM);
	expect(strstr(fault_text(), listen) != NULL);
	expect(strstr(fault_text(), "Address already in use") != NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		config.listen = bad[i];
		expect_fault(http_server_start(&config, &second), FAULT_USAGE);
	}
	http_server_stop(server);
}

TESTS("server", TEST_CASE(answers_with_what_was_asked),
	TEST_CASE(keeps_a_connection_and_takes_requests_in_a_row),
	TEST_CASE(carries_the_request_id_and_the_trace), TEST_CASE(says_what_a_path_can_be_asked),
	TEST_CASE(answers_a_fault_with_a_problem), TEST_CASE(has_probes_and_metrics),
	TEST_CASE(bounds_body_and_head), TEST_CASE(ends_a_refused_connection_in_order),
	TEST_CASE(sends_large_replies_whole), TEST_CASE(tells_a_client_to_go_on),
	TEST_CASE(lets_a_running_request_end), TEST_CASE(stops_at_once_with_idle_connections),
	TEST_CASE(says_why_it_cannot_listen))
