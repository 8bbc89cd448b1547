#include "line.h"

#include <base/clock.h>
#include <base/fault.h>
#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
	CURL *curl;
	curl_socket_t socket;
	int64_t until_us; /* of the question under way */
	int timeout_ms;
	char words[CURL_ERROR_SIZE];
};

static int line_fault(const struct line *line, CURLcode code)
{
	const char *words = line->words[0] ? line->words : curl_easy_strerror(code);

	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CONNECT_ERROR:
		return fault(
			FAULT_BUS_CONFIG, "the broker: %s; look at --ca and --certificate", words);
	default:
		return fault(FAULT_BUS, "the broker: %s", words);
	}
}

static CURLcode configure(struct line *line, const struct line_config *config)
{
	CURL *curl = line->curl;
	char url[300];
	CURLcode code;

	snprintf(url, sizeof(url), "https://%s", config->broker);
	code = curl_easy_setopt(curl, CURLOPT_URL, url);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_CAINFO, config->ca);
	/* One file holds both. */
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_SSLCERT, config->certificate);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_SSLKEY, config->certificate);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, line->words);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)config->timeout_ms);
	return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) : code;
}

int line_open(const struct line_config *config, struct line **ret_line)
{
	struct line *line = calloc(1, sizeof(*line));
	CURLcode code = CURLE_OUT_OF_MEMORY;
	int r;

	if (line)
		line->curl = curl_easy_init();
	if (line == NULL || line->curl == NULL) {
		free(line);
		return fault(FAULT_SYSTEM, "no memory for a connection");
	}
	line->timeout_ms = config->timeout_ms;
	code = configure(line, config);
	if (code == CURLE_OK)
		code = curl_easy_perform(line->curl);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(line->curl, CURLINFO_ACTIVESOCKET, &line->socket);
	if (code != CURLE_OK) {
		r = line_fault(line, code);
		line_close(line);
		return r;
	}
	*ret_line = line;
	return 0;
}

void line_close(struct line *line)
{
	if (line == NULL)
		return;
	curl_easy_cleanup(line->curl);
	free(line);
}

/* curl's sockets never block: until there is something to do, or the time is over. */
static int await(const struct line *line, short events)
{
	struct pollfd fd = {.fd = line->socket, .events = events};
	int64_t left_us = line->until_us - clock_monotonic_us();

	if (left_us <= 0 || poll(&fd, 1, (int)(left_us / US_PER_MS) + 1) < 0)
		return fault(
			FAULT_BUS, "the broker has not answered within %d ms", line->timeout_ms);
	return 0;
}

static int send_all(struct line *line, const char *bytes, size_t size)
{
	while (size > 0) {
		size_t sent = 0;
		CURLcode code = curl_easy_send(line->curl, bytes, size, &sent);
		int r = code == CURLE_AGAIN ? await(line, POLLOUT) : 0;

		if (r < 0)
			return r;
		if (code != CURLE_OK && code != CURLE_AGAIN)
			return line_fault(line, code);
		bytes += sent;
		size -= sent;
	}
	return 0;
}

static int receive(struct line *line, char *bytes, size_t size)
{
	while (size > 0) {
		size_t came = 0;
		CURLcode code = curl_easy_recv(line->curl, bytes, size, &came);
		int r = code == CURLE_AGAIN ? await(line, POLLIN) : 0;

		if (r < 0)
			return r;
		if (code != CURLE_OK && code != CURLE_AGAIN)
			return line_fault(line, code);
		/* With TLS 1.3 a certificate is refused only after we think all is well. */
		if (code == CURLE_OK && came == 0)
			return fault(FAULT_BUS_CONFIG,
				"the broker hung up; look at --certificate, and at its log");
		bytes += came;
		size -= came;
	}
	return 0;
}

int line_ask(struct line *line, const struct buffer *request, struct buffer *answer)
{
	unsigned char head[4];
	char block[4096];
	size_t left = 0;
	int r;

	line->until_us = clock_monotonic_us() + line->timeout_ms * US_PER_MS;
	r = send_all(line, request->data, request->size);
	if (r == 0)
		r = receive(line, (char *)head, sizeof(head));
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(head); i++)
		left = left << 8 | head[i];
	while (r == 0 && left > 0) {
		size_t part = left < sizeof(block) ? left : sizeof(block);

		r = receive(line, block, part);
		if (r == 0)
			buffer_add(answer, block, part);
		/* Its bound is the bound of what anybody may send us. */
		if (r == 0)
			r = buffer_check(answer, "the broker's answer");
		left -= part;
	}
	return r;
}
