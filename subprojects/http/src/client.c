#include "library.h"

#include <http/client.h>

#include <base/clock.h>
#include <base/fault.h>

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define BASE_MAX 256
#define URL_MAX 4096
/* Our servers close after one idle second; a connection near that age is not trusted. */
#define IDLE_MAX_US (800 * US_PER_MS)

/* One connection: an easy handle that keeps exactly one. */
struct line {
	CURL *easy;
	struct line *next;
	int64_t used_us;
	char words[CURL_ERROR_SIZE];
};

struct http_client {
	char base[BASE_MAX];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct line *idle; /* the latest used first */
	int count;
	struct line lines[];
};

/* ---- what comes back ---- */

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_answer *answer = context;

	buffer_add(&answer->body, bytes, size * count);
	return answer->body.failed ? 0 : size * count;
}

static void keep_header(const char *line, size_t size, const char *name, char *value, size_t room)
{
	size_t length = strlen(name), from;

	if (size <= length || line[length] != ':' || strncasecmp(line, name, length) != 0)
		return;
	from = length + 1;
	while (from < size && (line[from] == ' ' || line[from] == '\t'))
		from++;
	while (size > from && (unsigned char)line[size - 1] <= ' ')
		size--;
	/* A value that does not fit is none: half a Location points elsewhere. */
	if (size - from < room)
		(void)snprintf(value, room, "%.*s", (int)(size - from), line + from);
}

static size_t take_header(char *line, size_t size, size_t count, void *context)
{
	struct http_answer *answer = context;

	size *= count;
	if (size > 5 && strncmp(line, "HTTP/", 5) == 0) {
		/* Another status line, after a 100: what the first said does not count. */
		answer->content_type[0] = answer->location[0] = '\0';
		answer->retry_after[0] = answer->replayed[0] = '\0';
	}
	keep_header(line, size, "Content-Type", answer->content_type, sizeof(answer->content_type));
	keep_header(line, size, "Location", answer->location, sizeof(answer->location));
	keep_header(line, size, "Retry-After", answer->retry_after, sizeof(answer->retry_after));
	keep_header(line, size, "Idempotency-Replayed", answer->replayed, sizeof(answer->replayed));
	return size;
}

void http_answer_finish(struct http_answer *answer)
{
	buffer_finish(&answer->body);
}

/* ---- connections ---- */

static bool line_init(struct line *line)
{
	line->easy = curl_easy_init();
	if (line->easy == NULL)
		return false;
	curl_easy_setopt(line->easy, CURLOPT_NOSIGNAL, 1L);
	/* Who starts again may have another address, and another service have its old one. */
	curl_easy_setopt(line->easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(line->easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(line->easy, CURLOPT_MAXCONNECTS, 1L);
	curl_easy_setopt(line->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(line->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(line->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(line->easy, CURLOPT_ERRORBUFFER, line->words);
	curl_easy_setopt(line->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(line->easy, CURLOPT_HEADERFUNCTION, take_header);
	return true;
}

struct http_client *http_client_create(const char *base, int connections_max)
{
	struct http_client *client;
	pthread_condattr_t monotonic;
	size_t size = strlen(base);

	assert(connections_max > 0);
	if (strncmp(base, "http://", 7) != 0 || size == 7 || size >= BASE_MAX)
		return NULL;
	library_start();
	client = calloc(1, sizeof(*client) + (size_t)connections_max * sizeof(struct line));
	if (client == NULL)
		return NULL;
	while (size > 7 && base[size - 1] == '/')
		size--;
	memcpy(client->base, base, size);
	(void)pthread_mutex_init(&client->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&client->changed, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	client->count = connections_max;
	for (int i = connections_max - 1; i >= 0; i--) {
		client->lines[i].next = client->idle;
		client->idle = &client->lines[i];
	}
	return client;
}

void http_client_destroy(struct http_client *client)
{
	if (client == NULL)
		return;
	for (int i = 0; i < client->count; i++)
		curl_easy_cleanup(client->lines[i].easy);
	(void)pthread_cond_destroy(&client->changed);
	(void)pthread_mutex_destroy(&client->lock);
	free(client);
}

/* NULL when none became idle in time. */
static struct line *line_take(struct http_client *client, int64_t until_us)
{
	struct timespec until = {
		.tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * 1000};
	struct line *line;

	(void)pthread_mutex_lock(&client->lock);
	while (client->idle == NULL) {
		if (pthread_cond_timedwait(&client->changed, &client->lock, &until) == ETIMEDOUT)
			break;
	}
	line = client->idle;
	if (line != NULL)
		client->idle = line->next;
	(void)pthread_mutex_unlock(&client->lock);
	return line;
}

static void line_give(struct http_client *client, struct line *line)
{
	line->used_us = clock_monotonic_us();
	(void)pthread_mutex_lock(&client->lock);
	line->next = client->idle;
	client->idle = line;
	(void)pthread_cond_signal(&client->changed);
	(void)pthread_mutex_unlock(&client->lock);
}

/* ---- one call ---- */

static bool has_header(const struct http_call *call, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; call->headers != NULL && call->headers[i] != NULL; i++) {
		if (strncasecmp(call->headers[i], name, length) == 0 &&
			call->headers[i][length] == ':')
			return true;
	}
	return false;
}

static bool may_be_sent_twice(const struct http_call *call)
{
	static const char *const idempotent[] = {"GET", "PUT", "DELETE", "HEAD", "OPTIONS"};

	for (size_t i = 0; i < sizeof(idempotent) / sizeof(idempotent[0]); i++) {
		if (strcmp(call->method, idempotent[i]) == 0)
			return true;
	}
	return has_header(call, "Idempotency-Key");
}

static struct curl_slist *add_header(struct curl_slist *list, const char *header)
{
	struct curl_slist *longer = curl_slist_append(list, header);

	/* Out of memory for a few bytes: nothing that could be answered sensibly. */
	if (longer == NULL)
		abort();
	return longer;
}

static struct curl_slist *make_headers(const struct http_call *call)
{
	/* Without "Expect:" curl holds large bodies back and waits for a 100. */
	struct curl_slist *list = add_header(NULL, "Expect:");
	char trace[TRACE_TEXT_SIZE], header[TRACE_TEXT_SIZE + 16];

	for (size_t i = 0; call->headers != NULL && call->headers[i] != NULL; i++)
		list = add_header(list, call->headers[i]);
	if (call->body != NULL && !has_header(call, "Content-Type"))
		list = add_header(list, "Content-Type: application/json");
	if (trace_is_set(&call->trace) && !has_header(call, "traceparent")) {
		(void)snprintf(header, sizeof(header), "traceparent: %s",
			trace_format(&call->trace, trace));
		list = add_header(list, header);
	}
	return list;
}

static void line_set(struct line *line, const struct http_call *call, const char *url,
	const struct curl_slist *headers, int64_t left_ms)
{
	CURL *easy = line->easy;
	/*
	 * libcurl sends again by itself, whatever the method, when a connection that
	 * it used again turns out to be closed. Having one connection, it does so at
	 * most once; on a new one, never.
	 */
	bool fresh = !may_be_sent_twice(call) || clock_monotonic_us() - line->used_us > IDLE_MAX_US;

	line->words[0] = '\0';
	if (call->body != NULL) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_size);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body);
	} else {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
}

static int line_call(struct line *line, const struct http_call *call, const char *url,
	int64_t until_us, struct http_answer *answer)
{
	struct curl_slist *headers;
	int64_t left_ms = (until_us - clock_monotonic_us()) / US_PER_MS;
	curl_off_t sent_us = 0;
	long status = 0;
	CURLcode code;

	if (line->easy == NULL && !line_init(line))
		return fault(FAULT_SYSTEM, "no memory for a connection");
	headers = make_headers(call);
	line_set(line, call, url, headers, left_ms > 0 ? left_ms : 1);
	curl_easy_setopt(line->easy, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(line->easy, CURLOPT_HEADERDATA, answer);
	code = curl_easy_perform(line->easy);
	curl_easy_getinfo(line->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(line->easy, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
	curl_slist_free_all(headers);

	answer->status = (int)status;
	answer->sent = sent_us > 0;
	answer->timed_out = code == CURLE_OPERATION_TIMEDOUT;
	if (code != CURLE_OK)
		return fault(FAULT_PEER, "%s %s: %s", call->method, url,
			line->words[0] != '\0' ? line->words : curl_easy_strerror(code));
	return 0;
}

int http_client_call(
	struct http_client *client, const struct http_call *call, struct http_answer *answer)
{
	int64_t until_us = clock_monotonic_us() + call->timeout_ms * US_PER_MS;
	struct line *line;
	char url[URL_MAX];
	int r;

	assert(call->path[0] == '/');
	memset(answer, 0, sizeof(*answer));
	buffer_init(&answer->body, HTTP_ANSWER_MAX);
	if (snprintf(url, sizeof(url), "%s%s", client->base, call->path) >= (int)sizeof(url))
		return fault(FAULT_INPUT, "a path above %d bytes", URL_MAX);
	line = line_take(client, until_us);
	answer->timed_out = line == NULL;
	if (line == NULL)
		return fault(FAULT_PEER, "%s %s: all %d connections are busy", call->method, url,
			client->count);
	r = line_call(line, call, url, until_us, answer);
	line_give(client, line);
	return r;
}
