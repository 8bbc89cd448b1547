#include "upstream.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/metrics.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trace/span.h>

#define RETRY_AFTER_S 2
#define HEADER_SIZE 320
#define ADDRESS_SIZE 128
#define RESULTS 4

enum result { ANSWERED, UNREACHED, LATE, BROKEN };

struct upstream {
	const char *name;
	char url[ADDRESS_SIZE];     /* for spans: cut when it is longer */
	char address[ADDRESS_SIZE]; /* of that */
	int port;
	struct http_client *client;
	int timeout_ms;
};

/* Metrics live as long as the process. A gateway has these upstreams and no other. */
#define CALLS(upstream, result) \
	METRIC(METRIC_COUNTER, "orderlab_gateway_upstream_calls_total", \
		"upstream=\"" upstream "\",result=\"" result "\"", \
		"Calls to the services behind the gateway.")
static struct metric order_calls[RESULTS] = {CALLS("order", "answered"),
	CALLS("order", "unreached"), CALLS("order", "late"), CALLS("order", "broken")};
static struct metric inventory_calls[RESULTS] = {CALLS("inventory", "answered"),
	CALLS("inventory", "unreached"), CALLS("inventory", "late"), CALLS("inventory", "broken")};

static struct metric analytics_calls[RESULTS] = {CALLS("analytics", "answered"),
	CALLS("analytics", "unreached"), CALLS("analytics", "late"), CALLS("analytics", "broken")};

static struct metric *calls_of(const struct upstream *upstream)
{
	if (strcmp(upstream->name, "order") == 0)
		return order_calls;
	return strcmp(upstream->name, "inventory") == 0 ? inventory_calls : analytics_calls;
}

static void read_address(struct upstream *upstream, const char *url)
{
	(void)snprintf(upstream->url, sizeof(upstream->url), "%s", url);
	if (sscanf(url, "http://%127[^:/]:%d", upstream->address, &upstream->port) < 1)
		upstream->address[0] = '\0';
}

int upstream_create(const char *name, const char *url, int connections_max, int64_t timeout_ms,
	struct upstream **ret_upstream)
{
	struct upstream *upstream = calloc(1, sizeof(*upstream));

	if (upstream == NULL)
		return fault(FAULT_SYSTEM, "no memory for an upstream");
	upstream->name = name;
	upstream->timeout_ms = (int)timeout_ms;
	read_address(upstream, url);
	upstream->client = http_client_create(url, connections_max);
	if (upstream->client == NULL) {
		free(upstream);
		return fault(FAULT_USAGE, "%s.url: \"%s\" is no http://host:port", name, url);
	}
	for (int i = 0; i < RESULTS; i++)
		metric_register(&calls_of(upstream)[i]);
	*ret_upstream = upstream;
	return 0;
}

void upstream_destroy(struct upstream *upstream)
{
	if (upstream == NULL)
		return;
	http_client_destroy(upstream->client);
	free(upstream);
}

static enum result result_of(const struct http_answer *answer)
{
	if (!answer->sent)
		return UNREACHED;
	return answer->timed_out ? LATE : BROKEN;
}

static void record(const struct upstream *upstream, const struct upstream_call *call,
	const struct trace *trace, int64_t start_us, const struct http_answer *answer,
	bool answered)
{
	static const char *const errors[RESULTS] = {NULL, "unreached", "timeout", "broken_off"};
	char url[ADDRESS_SIZE + SPAN_TEXT_MAX], status[16];
	const char *error = answered ? NULL : errors[result_of(answer)];

	(void)snprintf(url, sizeof(url), "%s%s", upstream->url, call->path);
	(void)snprintf(status, sizeof(status), "%d", answer->status);
	if (answered && answer->status >= 400)
		error = status;
	/* Without an answer there is no status: the list ends before it. */
	span_record(&(struct span){
		.trace = *trace,
		.kind = SPAN_CLIENT,
		.name = call->method,
		.start_us = start_us,
		.end_us = clock_now_us(),
		.failed = error != NULL,
		.attributes = SPAN_ATTRIBUTES(SPAN_TEXT("http.request.method", call->method),
			SPAN_TEXT("server.address", upstream->address),
			SPAN_NUMBER("server.port", upstream->port), SPAN_TEXT("url.full", url),
			SPAN_TEXT("peer.service", upstream->name), SPAN_TEXT("error.type", error),
			SPAN_NUMBER(answered ? "http.response.status_code" : NULL, answer->status)),
	});
}

int upstream_ask(struct upstream *upstream, const struct http_request *request,
	const struct upstream_call *call, struct http_answer *answer)
{
	char id[HEADER_SIZE], key[HEADER_SIZE];
	const char *headers[] = {id, call->key == NULL ? NULL : key, NULL};
	const struct trace trace = span_child(&request->trace);
	int64_t start_us = clock_now_us();
	int r;

	(void)snprintf(id, sizeof(id), "X-Request-Id: %s", request->request_id);
	(void)snprintf(key, sizeof(key), "Idempotency-Key: %s", call->key == NULL ? "" : call->key);
	r = http_client_call(upstream->client,
		&(struct http_call){
			.method = call->method,
			.path = call->path,
			.headers = headers,
			.body = call->body,
			.body_size = call->body_size,
			.trace = trace,
			.timeout_ms = upstream->timeout_ms,
		},
		answer);
	if (span_wanted(&trace))
		record(upstream, call, &trace, start_us, answer, r == 0);
	metric_add(&calls_of(upstream)[r == 0 ? ANSWERED : result_of(answer)], 1);
	if (r < 0)
		log_fault(LOG_WARNING, r, "no answer from behind the gateway");
	return r;
}

/* The reply's content type is static text. */
static const char *content_type_of(const struct http_answer *answer)
{
	static const char *const known[] = {"application/problem+json", "application/json"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(answer->content_type, known[i], strlen(known[i])) == 0)
			return known[i];
	}
	return "text/plain; charset=utf-8";
}

void upstream_hand_back(const struct http_answer *answer, struct http_reply *reply)
{
	reply->status = answer->status;
	reply->content_type = content_type_of(answer);
	buffer_add(&reply->body, answer->body.data, answer->body.size);
	if (answer->location[0] != '\0')
		http_reply_header(reply, "Location", "%s", answer->location);
	if (answer->retry_after[0] != '\0')
		http_reply_header(reply, "Retry-After", "%s", answer->retry_after);
	if (answer->replayed[0] != '\0')
		http_reply_header(reply, "Idempotency-Replayed", "%s", answer->replayed);
}

bool upstream_is_plain(const struct http_reply *reply)
{
	return reply->status == 200 && reply->header_count == 0 && reply->body.size != 0 &&
		!reply->body.failed && strcmp(reply->content_type, "application/json") == 0;
}

void upstream_problem(
	const struct upstream *upstream, const struct http_answer *answer, struct http_reply *reply)
{
	/* clang-format off */
	static const struct {
		int status;
		const char *slug, *title, *detail;
	} problems[RESULTS] = {
		[UNREACHED] = {503, "unavailable", "Service unavailable",
			"service could not be reached; nothing was done"},
		[LATE] = {504, "late", "No answer in time",
			"service did not answer in time and may have done what was asked: ask again, with the same Idempotency-Key"},
		[BROKEN] = {502, "broken-off", "No whole answer",
			"service ended before its answer was whole and may have done what was asked: ask again, with the same Idempotency-Key"},
	};
	/* clang-format on */
	enum result result = result_of(answer);
	char slug[64], detail[256];

	(void)snprintf(slug, sizeof(slug), "%s-%s", upstream->name, problems[result].slug);
	(void)snprintf(
		detail, sizeof(detail), "the %s %s", upstream->name, problems[result].detail);
	http_problem(reply, problems[result].status, slug, problems[result].title, detail, NULL);
	http_reply_header(reply, "Retry-After", "%d", RETRY_AFTER_S);
}

void upstream_forward(struct upstream *upstream, const struct http_request *request,
	const struct upstream_call *call, struct http_reply *reply)
{
	struct http_answer answer;

	if (upstream_ask(upstream, request, call, &answer) == 0)
		upstream_hand_back(&answer, reply);
	else
		upstream_problem(upstream, &answer, reply);
	http_answer_finish(&answer);
}
