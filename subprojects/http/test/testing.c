#include "testing.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int64_t testing_now_ms(void)
{
	return clock_monotonic_us() / US_PER_MS;
}

int testing_connect(int port)
{
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct timeval patience = {.tv_sec = 15};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Not expect(): that is for the test's own thread. */
	if (fd < 0 || connect(fd, (const struct sockaddr *)&server, sizeof(server)) != 0)
		abort();
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

bool testing_send(int socket, const void *bytes, size_t size)
{
	const char *next = bytes;

	while (size != 0) {
		ssize_t sent = send(socket, next, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		next += sent;
		size -= (size_t)sent;
	}
	return true;
}

/* The whole size once the head is there, else 0. */
static size_t whole_size(const char *text, size_t size, bool head)
{
	const char *end = memmem(text, size, "\r\n\r\n", 4);
	const char *length = memmem(text, size, "Content-Length: ", 16);

	if (end == NULL)
		return 0;
	end += 4;
	if (head || length == NULL || length > end)
		return (size_t)(end - text);
	return (size_t)(end - text) + strtoul(length + 16, NULL, 10);
}

void testing_read(int socket, bool head, struct testing_reply *ret_reply)
{
	char *text = malloc(TESTING_TEXT_MAX + 1);
	size_t size = 0, whole = 0;
	const char *end;
	bool closed = false;

	if (text == NULL)
		abort();
	while (size < TESTING_TEXT_MAX && (whole == 0 || size < whole)) {
		/* One byte at a time until the head is whole: what follows is the next answer's. */
		size_t want = whole == 0 ? 1 : whole - size;
		ssize_t got = recv(socket, text + size, want, 0);

		if (got <= 0) {
			closed = true;
			break;
		}
		size += (size_t)got;
		if (whole == 0)
			whole = whole_size(text, size, head);
	}
	text[size] = '\0';
	end = strstr(text, "\r\n\r\n");
	*ret_reply = (struct testing_reply){.text = text, .size = size, .closed = closed};
	ret_reply->body = end == NULL ? text + size : end + 4;
	ret_reply->body_size = size - (size_t)(ret_reply->body - text);
	if (strncmp(text, "HTTP/1.1 ", 9) == 0)
		ret_reply->status = (int)strtol(text + 9, NULL, 10);
}

void testing_reply_finish(struct testing_reply *reply)
{
	free(reply->text);
	reply->text = NULL;
}

void testing_ask_bytes(int port, const void *bytes, size_t size, struct testing_reply *ret_reply)
{
	int fd = testing_connect(port);

	/* A refusal may come before all is sent; what matters is that it can be read. */
	(void)testing_send(fd, bytes, size);
	testing_read(fd, false, ret_reply);
	(void)close(fd);
}

void testing_ask(int port, const char *text, struct testing_reply *ret_reply)
{
	testing_ask_bytes(port, text, strlen(text), ret_reply);
}

const char *testing_header(const struct testing_reply *reply, const char *name)
{
	static char value[512];
	size_t length = strlen(name);
	const char *line = strstr(reply->text, "\r\n");

	while (line != NULL && line + 2 < reply->body) {
		line += 2;
		if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
			line += length + 1 + strspn(line + length + 1, " ");
			(void)snprintf(
				value, sizeof(value), "%.*s", (int)strcspn(line, "\r"), line);
			return value;
		}
		line = strstr(line, "\r\n");
	}
	return NULL;
}
