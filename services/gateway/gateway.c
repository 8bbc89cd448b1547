#include "gateway.h"

#include "edge.h"
#include "reads.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/metrics.h>
#include <base/uuid.h>
#include <stdio.h>
#include <string.h>

#define PATH_SIZE (HTTP_PATH_MAX + 16)
#define KEY_SIZE 64

static struct gateway_config settings;
static struct metric refused = METRIC(METRIC_COUNTER, "orderlab_rate_limited_total", NULL,
	"Requests answered 429: the client asked too often");

/* clang-format off */
const struct setting gateway_settings[] = {
	{"order.url", SETTING_TEXT, &settings.order_url, NULL, 0, 0, "http://host:port of the order service"},
	{"order.connections", SETTING_NUMBER, &settings.order_connections, "28", 1, 1024, "calls to order at a time; below its HTTP threads"},
	{"order.timeout_ms", SETTING_NUMBER, &settings.order_timeout_ms, "5000", 10, 60000, "milliseconds until a call to order is answered 504"},
	{"inventory.url", SETTING_TEXT, &settings.inventory_url, NULL, 0, 0, "http://host:port of the inventory service"},
	{"inventory.connections", SETTING_NUMBER, &settings.inventory_connections, "3", 1, 1024, "calls to inventory at a time; below its HTTP threads"},
	{"inventory.timeout_ms", SETTING_NUMBER, &settings.inventory_timeout_ms, "500", 10, 60000, "milliseconds until products are shown without availability"},
	{"analytics.url", SETTING_TEXT, &settings.analytics_url, "", 0, 0, "http://host:port of the analytics service; empty: there is none"},
	{"analytics.connections", SETTING_NUMBER, &settings.analytics_connections, "2", 1, 1024, "calls to analytics at a time; below its HTTP threads"},
	{"analytics.timeout_ms", SETTING_NUMBER, &settings.analytics_timeout_ms, "2000", 10, 60000, "milliseconds until a call to analytics is answered 504"},
	{"rate.limit", SETTING_NUMBER, &settings.rate_limit, "3000", 0, 1000000, "requests a second for each client address; 0: any number"},
	{"rate.burst", SETTING_NUMBER, &settings.rate_burst, "3000", 1, 1000000, "requests at once that a client may be ahead of that"},
	{"redis.url", SETTING_TEXT, &settings.redis_url, "", 0, 0, "redis://host:port or unix:/path; empty: no cache"},
	{"redis.user", SETTING_TEXT, &settings.redis_user, "", 0, 0, "user of Redis; empty: its default"},
	{"redis.password", SETTING_SECRET, &settings.redis_password, "", 0, 0, "password of Redis"},
	{"redis.timeout_ms", SETTING_NUMBER, &settings.redis_timeout_ms, "25", 1, 1000, "milliseconds until an answer of Redis is not waited for any more"},
	{"cache.near_entries", SETTING_NUMBER, &settings.near_entries, "1024", 0, 65536, "answers kept in this process too, of 4 KiB at most; 0: none"},
	{"cache.order_ms", SETTING_NUMBER, &settings.lives.order_ms, "3600000", 1, 86400000, "longest life of an order that has ended, which never changes"},
	{"cache.catalogue_ms", SETTING_NUMBER, &settings.lives.catalogue_ms, "60000", 1, 86400000, "longest life of names and prices"},
	{"cache.stock_ms", SETTING_NUMBER, &settings.lives.stock_ms, "2000", 1, 60000, "longest life of availability, should its event not come"},
	{0},
};
/* clang-format on */

static int open_cache(const struct gateway_config *config, struct gateway *gateway)
{
	gateway->lives = config->lives;
	gateway->flights = flights_create();
	if (gateway->flights == NULL)
		return fault(FAULT_SYSTEM, "no memory for shared loads");
	if (config->near_entries > 0) {
		gateway->near = near_create((size_t)config->near_entries);
		if (gateway->near == NULL)
			return fault(FAULT_SYSTEM, "no memory for answers");
	}
	if (config->redis_url == NULL || config->redis_url[0] == '\0')
		return 0;
	return cache_create(
		&(struct cache_config){
			.url = config->redis_url,
			.user = config->redis_user,
			.password = config->redis_password,
			.prefix = "lab:",
			.timeout_ms = config->redis_timeout_ms,
		},
		&gateway->cache);
}

int gateway_open(const struct gateway_config *config, struct gateway *ret_gateway)
{
	struct gateway gateway = {0};
	int r = upstream_create("order", config->order_url, (int)config->order_connections,
		config->order_timeout_ms, &gateway.order);

	if (r == 0)
		r = upstream_create("inventory", config->inventory_url,
			(int)config->inventory_connections, config->inventory_timeout_ms,
			&gateway.inventory);
	if (r == 0 && config->analytics_url && *config->analytics_url)
		r = upstream_create("analytics", config->analytics_url,
			(int)config->analytics_connections, config->analytics_timeout_ms,
			&gateway.analytics);
	if (r == 0 && config->rate_limit > 0) {
		gateway.limit = limit_create(config->rate_limit, config->rate_burst);
		if (gateway.limit == NULL)
			r = fault(FAULT_SYSTEM, "no memory for the rate limit");
	}
	if (r == 0)
		r = open_cache(config, &gateway);
	if (r == 0)
		*ret_gateway = gateway;
	else
		gateway_close(&gateway);
	return r;
}

void gateway_close(struct gateway *gateway)
{
	upstream_destroy(gateway->order);
	upstream_destroy(gateway->inventory);
	upstream_destroy(gateway->analytics);
	limit_destroy(gateway->limit);
	cache_destroy(gateway->cache);
	near_destroy(gateway->near);
	flights_destroy(gateway->flights);
	*gateway = (struct gateway){0};
}

int gateway_start(struct runtime *runtime, void **ret_context)
{
	static struct gateway gateway;

	(void)runtime;
	metric_register(&refused);
	*ret_context = &gateway;
	return gateway_open(&settings, &gateway);
}

void gateway_stop(void *context)
{
	if (context != NULL)
		gateway_close(context);
}

bool gateway_admit(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct gateway *gateway = context;
	int64_t wait_us = gateway->limit == NULL
		? 0
		: limit_take(gateway->limit, request->client, clock_monotonic_us());

	if (wait_us == 0)
		return true;
	metric_add(&refused, 1);
	http_problem(reply, 429, "too-many-requests", "Too many requests",
		"this client asks more often than it may; nothing was done", NULL);
	http_reply_header(reply, "Retry-After", "%d", (int)((wait_us + US_PER_S - 1) / US_PER_S));
	return false;
}

static void answer_problem(struct http_reply *reply, const struct edge_problem *problem)
{
	http_problem(reply, problem->status, problem->slug, problem->title, problem->detail,
		problem->pointer);
}

static int post_order(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct gateway *gateway = context;
	struct edge_problem problem;
	char key[EDGE_KEY_MAX + 1];
	int r = edge_check_type(http_request_header(request, "Content-Type"), &problem);

	if (r == 0)
		r = edge_read_key(http_request_header(request, "Idempotency-Key"), key, &problem);
	if (r == 0)
		r = edge_check_body(request->body, request->body_size, &problem);
	if (r == EDGE_REFUSED) {
		answer_problem(reply, &problem);
		return 0;
	}
	upstream_forward(gateway->order, request,
		&(struct upstream_call){
			.method = "POST",
			.path = "/orders",
			.body = request->body,
			.body_size = request->body_size,
			.key = key,
		},
		reply);
	return 0;
}

static bool read_order_id(const struct http_request *request, char ret_id[static UUID_TEXT_SIZE],
	struct http_reply *reply)
{
	struct uuid id;

	if (uuid_parse(request->params[0], strlen(request->params[0]), &id) < 0) {
		http_problem(
			reply, 404, "order-not-found", "No such order", "the id is no UUID", NULL);
		return false;
	}
	(void)uuid_format(&id, ret_id);
	return true;
}

/* "/orders/{id}" and what follows it; nothing of the body goes on. */
static int forward(const struct gateway *gateway, const struct http_request *request,
	const char *rest, struct http_reply *reply)
{
	char id[UUID_TEXT_SIZE], path[PATH_SIZE];

	if (!read_order_id(request, id, reply))
		return 0;
	(void)snprintf(path, sizeof(path), "/orders/%s%s", id, rest);
	upstream_forward(gateway->order, request,
		&(struct upstream_call){.method = request->method, .path = path}, reply);
	return 0;
}

/* What the query means is for the service to say, and to refuse. */
static int forward_query(struct upstream *upstream, const char *place,
	const struct http_request *request, struct http_reply *reply)
{
	char path[PATH_SIZE];
	int size = snprintf(path, sizeof(path), "%s%s%s", place, request->query ? "?" : "",
		request->query ? request->query : "");

	if (size >= (int)sizeof(path)) {
		http_problem(reply, 414, "query-too-long", "Query too long",
			"nothing here needs so long a query", NULL);
		return 0;
	}
	upstream_forward(
		upstream, request, &(struct upstream_call){.method = "GET", .path = path}, reply);
	return 0;
}

static int list_orders(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct gateway *gateway = context;

	return forward_query(gateway->order, "/orders", request, reply);
}

static int get_summary(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct gateway *gateway = context;

	if (gateway->analytics == NULL) {
		http_problem(reply, 503, "analytics-unavailable", "Service unavailable",
			"this gateway was told of no analytics service", NULL);
		return 0;
	}
	return forward_query(gateway->analytics, "/analytics/summary", request, reply);
}

/* An order that has ended never changes; of one under way only order itself knows. */
static int load_order(const struct gateway *gateway, const struct http_request *request,
	const void *what, struct http_reply *reply)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "/orders/%s", (const char *)what);
	upstream_forward(gateway->order, request,
		&(struct upstream_call){.method = "GET", .path = path}, reply);
	return upstream_is_plain(reply) && edge_has_ended(reply->body.data, reply->body.size)
		? 0
		: READ_OWN;
}

static int get_order(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct gateway *gateway = context;
	char id[UUID_TEXT_SIZE], key[KEY_SIZE];

	if (!read_order_id(request, id, reply))
		return 0;
	(void)snprintf(key, sizeof(key), "order:%s", id);
	return gateway_read(gateway, request,
		&(struct gateway_read){
			.entry = {.key = key},
			.life_ms = gateway->lives.order_ms,
			.never_changes = true,
			.load = load_order,
			.what = id,
		},
		reply);
}

static int get_timeline(void *context, const struct http_request *request, struct http_reply *reply)
{
	return forward(context, request, "/timeline", reply);
}

static int post_cancellation(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	return forward(context, request, "/cancellation", reply);
}

const struct http_route gateway_routes[] = {
	{"POST", "/orders", post_order},
	{"GET", "/orders", list_orders},
	{"GET", "/orders/{orderId}", get_order},
	{"GET", "/orders/{orderId}/timeline", get_timeline},
	{"POST", "/orders/{orderId}/cancellation", post_cancellation},
	{"GET", "/analytics/summary", get_summary},
	{"GET", "/products", gateway_list_products},
	{"GET", "/products/{productId}", gateway_get_product},
	{0},
};
