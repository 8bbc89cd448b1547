/*
 * What every process answers: /livez, /readyz, /metrics.
 */
#include "serving.h"

#include <base/fault.h>
#include <base/metrics.h>

static int answer_ok(struct http_reply *reply)
{
	buffer_add_text(&reply->body, "{\"status\":\"ok\"}");
	return 0;
}

static int livez(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	(void)request;
	return answer_ok(reply);
}

static int readyz(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct http_server *server = context;
	int r = server->config.ready == NULL ? 0
					     : server->config.ready(server->config.ready_context);

	(void)request;
	if (r == 0)
		return answer_ok(reply);
	/* Not a fault of this request: the words are the answer. */
	http_problem(reply, 503, "not-ready", "Not ready", fault_text(), NULL);
	return 0;
}

static int metrics(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	(void)request;
	reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_write(&reply->body);
	return 0;
}

const struct http_route serving_routes[] = {
	{"GET", "/livez", livez},
	{"GET", "/readyz", readyz},
	{"GET", "/metrics", metrics},
	{NULL},
};
