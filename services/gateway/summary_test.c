/*
 * The gateway before analytics, which is played by this test, away, or not there at all.
 */
#include "gateway.h"

#include <base/fault.h>
#include <base/log.h>
#include <http/client.h>
#include <http/server.h>
#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

static struct http_server *analytics, *edge;
static struct http_client *client;
static struct gateway gateway;
static char asked[128];

/* Answers what it was asked. */
static int play(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	(void)snprintf(
		asked, sizeof(asked), "%s?%s", request->path, request->query ? request->query : "");
	buffer_add_text(&reply->body, "{\"orders\":3}");
	return 0;
}

static struct http_server *serve(const struct http_route *routes, void *context, char url[40])
{
	struct http_server *server;

	expect_ok(http_server_start(&(struct http_server_config){.listen = "127.0.0.1:0",
					    .threads = 2,
					    .routes = routes,
					    .context = context},
		&server));
	(void)snprintf(url, 40, "http://127.0.0.1:%d", http_server_port(server));
	return server;
}

static int open_gateway(const char *analytics_url)
{
	return gateway_open(
		&(struct gateway_config){
			.order_url = "http://127.0.0.1:1",
			.inventory_url = "http://127.0.0.1:1",
			.analytics_url = analytics_url,
			.order_connections = 1,
			.inventory_connections = 1,
			.analytics_connections = 1,
			.analytics_timeout_ms = 2000,
		},
		&gateway);
}

static void start(bool with_analytics)
{
	static const struct http_route played[] = {{"GET", "/analytics/summary", play}, {0}};
	char url[40];

	log_init("test", LOG_ERROR);
	asked[0] = '\0';
	analytics = serve(played, NULL, url);
	expect_ok(open_gateway(with_analytics ? url : ""));
	edge = serve(gateway_routes, &gateway, url);
	client = http_client_create(url, 1);
}

static void stop(void)
{
	http_client_destroy(client);
	http_server_stop(edge);
	gateway_close(&gateway);
	http_server_stop(analytics);
}

static void expect_answer(const char *path, int status, const char *part)
{
	struct http_answer answer;

	expect_ok(http_client_call(client,
		&(struct http_call){.method = "GET", .path = path, .timeout_ms = 5000}, &answer));
	expect_int(answer.status, status);
	expect(answer.body.data && strstr(answer.body.data, part));
	http_answer_finish(&answer);
}

TEST(asks_analytics_in_the_clients_own_words)
{
	start(true);
	expect_answer("/analytics/summary", 200, "{\"orders\":3}");
	expect_text(asked, "/analytics/summary?");
	expect_answer("/analytics/summary?from=2026-01-31T10%3A00%3A00Z&to=x", 200, "3");
	expect_text(asked, "/analytics/summary?from=2026-01-31T10%3A00%3A00Z&to=x");
	stop();
}

TEST(says_that_analytics_is_away)
{
	start(true);
	http_server_stop(analytics);
	analytics = NULL;
	expect_answer("/analytics/summary", 503, "/problems/analytics-unavailable");
	stop();
}

TEST(says_that_there_is_no_analytics)
{
	start(false);
	expect_answer("/analytics/summary", 503, "told of no analytics");
	expect_text(asked, "");
	stop();
}

TEST(refuses_a_url_that_is_none)
{
	expect_fault(open_gateway("analytics:80"), FAULT_USAGE);
	expect(strstr(fault_text(), "analytics.url") != NULL);
}

TESTS("gateway summary", TEST_CASE(asks_analytics_in_the_clients_own_words),
	TEST_CASE(says_that_analytics_is_away), TEST_CASE(says_that_there_is_no_analytics),
	TEST_CASE(refuses_a_url_that_is_none))
