/*
 * Reads through a real Redis, of services that are played here.
 */
#include "reads.h"
#include "stale.h"

#include <base/clock.h>
#include <base/log.h>
#include <http/client.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

#define CLIENTS 8
#define TEA "{\"productId\":\"tea\",\"name\":\"Tea\",\"price\":\"2.50\""
#define POT "{\"productId\":\"pot\",\"name\":\"Pot\",\"price\":\"9.00\""
#define STOCK(id, number) "{\"productId\":\"" id "\",\"available\":" #number ",\"reserved\":0}"

/* What a played service answers, the first so many requests not before they are let go. */
struct player {
	struct http_server *server;
	_Atomic(const char *) body;
	_Atomic int status, asked, held;
};

static struct player order, inventory;
static struct gateway gateway;
static struct http_server *edge;
static struct http_client *client;
static char order_path[64];

static int play(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct player *player = context;
	/* Read first: what is held back is what was true before. */
	const char *body = player->body;
	int ticket;

	(void)request;
	reply->status = player->status;
	ticket = player->asked++;
	while (ticket < player->held)
		(void)poll(NULL, 0, 1);
	buffer_add_text(&reply->body, body);
	return 0;
}

static const struct http_route played[] = {
	{"GET", "/orders/{id}", play},
	{"GET", "/products", play},
	{"GET", "/products/{id}", play},
	{"GET", "/stock", play},
	{"GET", "/stock/{id}", play},
	{0},
};

static void serve(const struct http_server_config *config, struct http_server **ret_server,
	char ret_url[static 40])
{
	struct http_server_config filled = *config;

	filled.listen = "127.0.0.1:0";
	filled.threads = 2 * CLIENTS;
	expect_ok(http_server_start(&filled, ret_server));
	(void)snprintf(ret_url, 40, "http://127.0.0.1:%d", http_server_port(*ret_server));
}

static void open_gateway(const char *redis_url, const char *order_url, const char *inventory_url)
{
	expect_ok(gateway_open(
		&(struct gateway_config){
			.order_url = order_url,
			.inventory_url = inventory_url,
			.order_connections = CLIENTS,
			.inventory_connections = CLIENTS,
			.order_timeout_ms = 5000,
			.inventory_timeout_ms = 5000,
			.redis_url = redis_url,
			.redis_timeout_ms = 1000,
			.lives = {.order_ms = 60000, .catalogue_ms = 60000, .stock_ms = 60000},
		},
		&gateway));
}

static const char *redis_url(void)
{
	static char url[80];

	(void)snprintf(url, sizeof(url), "redis://%s", testkit_redis());
	return url;
}

static int invalidate_all(void)
{
	return gateway_invalidate(&gateway, &(struct stale){.all = true});
}

/* @redis NULL: a gateway without a cache. */
static void start(const char *redis)
{
	static const char *const catalogue[] = {
		"catalogue:/products", "catalogue:/products/tea", "catalogue:/products/pot"};
	const struct uuid id = uuid_make(clock_now_us());
	char order_url[40], inventory_url[40], url[40], text[UUID_TEXT_SIZE];

	log_init("test", LOG_ERROR);
	signal(SIGPIPE, SIG_IGN);
	order.status = inventory.status = 200;
	order.asked = inventory.asked = 0;
	serve(&(struct http_server_config){.routes = played, .context = &order}, &order.server,
		order_url);
	serve(&(struct http_server_config){.routes = played, .context = &inventory},
		&inventory.server, inventory_url);
	open_gateway(redis, order_url, inventory_url);
	serve(&(struct http_server_config){.routes = gateway_routes, .context = &gateway}, &edge,
		url);
	client = http_client_create(url, CLIENTS);
	(void)snprintf(order_path, sizeof(order_path), "/orders/%s", uuid_format(&id, text));
	if (gateway.cache == NULL)
		return;
	/* Tests before us used these names; a Redis that is not there has none. */
	(void)invalidate_all();
	(void)cache_invalidate(gateway.cache, catalogue, 3);
}

static void stop(void)
{
	http_client_destroy(client);
	http_server_stop(edge);
	gateway_close(&gateway);
	http_server_stop(order.server);
	http_server_stop(inventory.server);
}

static void get(const char *path, struct http_answer *answer)
{
	expect_ok(http_client_call(client,
		&(struct http_call){.method = "GET", .path = path, .timeout_ms = 8000}, answer));
}

static void get_and_forget(const char *path)
{
	struct http_answer answer;

	get(path, &answer);
	http_answer_finish(&answer);
}

/* What the order is called in the cache. */
static const char *order_key(void)
{
	static char key[64];

	(void)snprintf(key, sizeof(key), "order:%s", order_path + strlen("/orders/"));
	return key;
}

static void expect_get(const char *path, int status, const char *body)
{
	struct http_answer answer;

	get(path, &answer);
	expect_int(answer.status, status);
	expect_text(answer.content_type, "application/json");
	expect_text(answer.body.data, body);
	http_answer_finish(&answer);
}

TEST(asks_once_for_an_order_that_has_ended)
{
	static const char *const ends[] = {"{\"status\":\"Completed\",\"refunded\":false}",
		"{\"status\":\"Cancelled\",\"refunded\":true}"};

	for (size_t i = 0; i < 2; i++) {
		start(redis_url());
		order.body = ends[i];
		expect_get(order_path, 200, ends[i]);
		order.body = "{\"status\":\"never seen\"}";
		expect_get(order_path, 200, ends[i]);
		order.status = 503;
		expect_get(order_path, 200, ends[i]);
		expect_int(order.asked, 1);
		stop();
	}
}

TEST(asks_each_time_for_an_order_under_way)
{
	static const char *const under_way[] = {"{\"status\":\"Pending\"}", "{\"status\":\"Paid\"}",
		"{}", "{\"status\":7}", "[\"Completed\"]", "Completed"};
	int asked = 0;

	start(redis_url());
	for (size_t i = 0; i < sizeof(under_way) / sizeof(under_way[0]); i++) {
		order.body = under_way[i];
		expect_get(order_path, 200, under_way[i]);
		expect_int(order.asked, ++asked);
	}
	order.status = 404;
	order.body = "{\"status\":\"Completed\"}";
	expect_get(order_path, 404, order.body);
	expect_get(order_path, 404, order.body);
	expect_int(order.asked, asked + 2);
	stop();
}

TEST(shows_the_new_availability_after_its_event_and_asks_for_no_other)
{
	start(redis_url());
	order.body = TEA "}";
	inventory.body = STOCK("tea", 7);
	expect_get("/products/tea", 200, TEA ",\"available\":7}");
	order.body = POT "}";
	inventory.body = STOCK("pot", 5);
	expect_get("/products/pot", 200, POT ",\"available\":5}");

	/* Somebody reserves tea. */
	inventory.body = STOCK("tea", 6);
	expect_get("/products/tea", 200, TEA ",\"available\":7}");
	expect_ok(gateway_invalidate(
		&gateway, &(struct stale){.keys = {"products", "product:tea"}, .count = 2}));
	expect_get("/products/tea", 200, TEA ",\"available\":6}");
	expect_get("/products/pot", 200, POT ",\"available\":5}");
	expect_int(inventory.asked, 3);
	/* Names and prices have not changed, so order was not asked again. */
	expect_int(order.asked, 2);

	/* Somebody gives back something. */
	inventory.body = STOCK("pot", 9);
	expect_ok(invalidate_all());
	expect_get("/products/pot", 200, POT ",\"available\":9}");
	stop();
}

TEST(keeps_no_answer_without_availability)
{
	static const char *const partial[] = {"", "{", "17", "{\"stock\":[1]}",
		"{\"stock\":[" STOCK("tea", 7) ",{\"productId\":\"pot\"}]}"};

	start(redis_url());
	order.body = "{\"products\":[" POT "}]}";
	for (size_t i = 0; i < sizeof(partial) / sizeof(partial[0]); i++) {
		inventory.body = partial[i];
		expect_get("/products", 200, "{\"products\":[" POT ",\"available\":null}]}");
	}
	inventory.status = 503;
	expect_get("/products", 200, "{\"products\":[" POT ",\"available\":null}]}");
	inventory.status = 200;
	inventory.body = "{\"stock\":[" STOCK("pot", 5) "]}";
	expect_get("/products", 200, "{\"products\":[" POT ",\"available\":5}]}");
	inventory.status = 503;
	expect_get("/products", 200, "{\"products\":[" POT ",\"available\":5}]}");
	stop();
}

TEST(keeps_in_its_own_memory_what_never_changes_and_for_moments_what_is_confirmed)
{
	static const char *const all[] = {"product:tea"};

	start(redis_url());
	gateway.near = near_create(16);
	order.body = "{\"status\":\"Completed\"}";
	expect_get(order_path, 200, order.body);
	expect_ok(cache_invalidate(gateway.cache, (const char *[]){order_key()}, 1));
	order.body = "{\"status\":\"never seen\"}";
	expect_get(order_path, 200, "{\"status\":\"Completed\"}");
	expect_int(order.asked, 1);

	order.body = TEA "}";
	inventory.body = STOCK("tea", 7);
	expect_get("/products/tea", 200, TEA ",\"available\":7}");
	inventory.body = STOCK("tea", 6);
	expect_ok(
		gateway_invalidate(&gateway, &(struct stale){.keys = {"product:tea"}, .count = 1}));
	expect_get("/products/tea", 200, TEA ",\"available\":6}");
	/* Another gateway heard the event: we do not show the old for long. */
	inventory.body = STOCK("tea", 5);
	expect_ok(cache_invalidate(gateway.cache, all, 1));
	while (inventory.asked < 3)
		get_and_forget("/products/tea");
	expect_get("/products/tea", 200, TEA ",\"available\":5}");
	stop();
}

/* One GET on a thread of its own. */
struct asker {
	pthread_t thread;
	const char *path;
	char body[256];
};

static void *ask(void *context)
{
	struct asker *asker = context;
	struct http_answer answer;

	get(asker->path, &answer);
	(void)snprintf(asker->body, sizeof(asker->body), "%s", answer.body.data);
	http_answer_finish(&answer);
	return NULL;
}

static void start_asker(struct asker *asker, const char *path)
{
	asker->path = path;
	expect_int(pthread_create(&asker->thread, NULL, ask, asker), 0);
}

/* How many misses were neither led nor shared. */
static bool nobody_loaded_alone(void)
{
	struct http_answer answer;
	bool nobody;

	get("/metrics", &answer);
	nobody = strstr(answer.body.data, "orderlab_cache_loads_total{result=\"alone\"} 0\n") !=
		NULL;
	http_answer_finish(&answer);
	return nobody;
}

/* The race: what a reader loads is invalidated before it can store it. */
TEST(stores_nothing_that_was_invalidated_while_it_was_loaded)
{
	struct asker early;

	start(redis_url());
	order.body = TEA "}";
	inventory.body = STOCK("tea", 7);
	inventory.held = 1;
	start_asker(&early, "/products/tea");
	while (inventory.asked < 1)
		(void)poll(NULL, 0, 1);
	inventory.body = STOCK("tea", 6);
	expect_ok(invalidate_all());
	/* Who comes after the event does not wait for what was loaded before it. */
	expect_get("/products/tea", 200, TEA ",\"available\":6}");
	expect(nobody_loaded_alone());
	inventory.held = 0;
	(void)pthread_join(early.thread, NULL);
	expect_text(early.body, TEA ",\"available\":7}");
	expect_get("/products/tea", 200, TEA ",\"available\":6}");
	expect_int(inventory.asked, 2);
	stop();
}

static void stampede(const char *redis)
{
	struct asker askers[CLIENTS];

	start(redis);
	order.body = "{\"status\":\"Completed\"}";
	order.held = 1;
	for (int i = 0; i < CLIENTS; i++)
		start_asker(&askers[i], order_path);
	while (flights_waiting(gateway.flights) < CLIENTS - 1)
		(void)poll(NULL, 0, 1);
	order.held = 0;
	for (int i = 0; i < CLIENTS; i++) {
		(void)pthread_join(askers[i].thread, NULL);
		expect_text(askers[i].body, "{\"status\":\"Completed\"}");
	}
	expect_int(order.asked, 1);
	stop();
}

TEST(asks_once_for_all_who_ask_at_once)
{
	stampede(redis_url());
}

TEST(asks_once_for_all_who_ask_at_once_without_redis_too)
{
	stampede(NULL);
	stampede("redis://127.0.0.1:1");
}

TEST(gives_the_same_answers_without_redis)
{
	static const char *const none[] = {NULL, "", "redis://127.0.0.1:1", "unix:/nowhere"};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		start(none[i]);
		order.body = "{\"status\":\"Completed\"}";
		expect_get(order_path, 200, order.body);
		order.body = TEA "}";
		inventory.body = STOCK("tea", 7);
		expect_get("/products/tea", 200, TEA ",\"available\":7}");
		inventory.body = STOCK("tea", 6);
		expect_get("/products/tea", 200, TEA ",\"available\":6}");
		stop();
	}
}

TESTS("gateway reads", TEST_CASE(asks_once_for_an_order_that_has_ended),
	TEST_CASE(asks_each_time_for_an_order_under_way),
	TEST_CASE(shows_the_new_availability_after_its_event_and_asks_for_no_other),
	TEST_CASE(keeps_no_answer_without_availability),
	TEST_CASE(keeps_in_its_own_memory_what_never_changes_and_for_moments_what_is_confirmed),
	TEST_CASE(stores_nothing_that_was_invalidated_while_it_was_loaded),
	TEST_CASE(asks_once_for_all_who_ask_at_once),
	TEST_CASE(asks_once_for_all_who_ask_at_once_without_redis_too),
	TEST_CASE(gives_the_same_answers_without_redis))
