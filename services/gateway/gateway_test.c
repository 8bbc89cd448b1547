/*
 * The gateway between a client and services that are played by this test.
 */
#include "gateway.h"
#include "test_player.h"

#include <base/fault.h>
#include <base/log.h>
#include <http/client.h>
#include <http/server.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <testkit/testkit.h>
#include <unistd.h>

#define ID PLAYED_ID
#define ORDER "{\"customerId\":\"me\"}"
#define LATE_MS 300

static struct player order, inventory;
static struct gateway gateway;
static struct http_server *edge;
static struct http_client *client;

static void open_gateway(const char *order_url, const char *inventory_url)
{
	char url[40];

	expect_ok(gateway_open(
		&(struct gateway_config){
			.order_url = order_url,
			.inventory_url = inventory_url,
			.order_connections = 4,
			.inventory_connections = 4,
			.order_timeout_ms = LATE_MS,
			.inventory_timeout_ms = LATE_MS,
		},
		&gateway));
	expect_ok(http_server_start(&(struct http_server_config){.listen = "127.0.0.1:0",
					    .threads = 4,
					    .routes = gateway_routes,
					    .admit = gateway_admit,
					    .context = &gateway},
		&edge));
	url_of(edge, url);
	client = http_client_create(url, 2);
}

static void start(void)
{
	char order_url[40], inventory_url[40];

	log_init("test", LOG_ERROR);
	order = (struct player){.status = 200, .body = "{}"};
	inventory = (struct player){.status = 200, .body = "{}"};
	player_start(&order, 0);
	player_start(&inventory, 0);
	url_of(order.server, order_url);
	url_of(inventory.server, inventory_url);
	open_gateway(order_url, inventory_url);
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
		&(struct http_call){.method = "GET", .path = path, .timeout_ms = 5000}, answer));
}

static void cancel(const char *path, struct http_answer *answer)
{
	expect_ok(http_client_call(client,
		&(struct http_call){.method = "POST",
			.path = path,
			.headers = (const char *const[]){"X-Request-Id: r-1", NULL},
			.timeout_ms = 5000},
		answer));
}

static void post(const char *body, const char *const *headers, struct http_answer *answer)
{
	expect_ok(http_client_call(client,
		&(struct http_call){.method = "POST",
			.path = "/orders",
			.headers = headers,
			.body = body,
			.body_size = strlen(body),
			.timeout_ms = 5000},
		answer));
}

static const char *const keyed[] = {"Idempotency-Key: k-1", "X-Request-Id: r-1",
	"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", NULL};

static void expect_status(struct http_answer *answer, int status, const char *part)
{
	if (answer->status != status || answer->body.data == NULL ||
		strstr(answer->body.data, part) == NULL)
		fail_test("wanted %d with %s, got %d: %s", status, part, answer->status,
			answer->body.data == NULL ? "" : answer->body.data);
	http_answer_finish(answer);
}

TEST(passes_an_order_and_its_answer_through)
{
	struct http_answer answer;

	start();
	order.status = 201;
	order.body = "{\"orderId\" : \"" ID "\"}";
	post(ORDER, keyed, &answer);
	expect_text(answer.location, "/orders/" ID);
	expect_text(answer.replayed, "true");
	expect_text(answer.content_type, "application/json");
	expect_text(answer.body.data, order.body);
	expect_status(&answer, 201, "");
	expect_text(order.method, "POST");
	expect_text(order.path, "/orders");
	expect_text(order.heard, ORDER);
	expect_text(order.key, "k-1");
	expect_text(order.request_id, "r-1");
	expect_text(order.type, "application/json");
	expect(strncmp(order.traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-", 36) == 0);
	expect(strstr(order.traceparent, "00f067aa0ba902b7") == NULL);
	stop();
}

TEST(hands_problems_back_as_they_came)
{
	struct http_answer answer;

	start();
	order.status = 422;
	order.body = "{\"type\":\"/problems/unknown-product\",\"pointer\":\"/items/0/productId\"}";
	post(ORDER, keyed, &answer);
	expect_text(answer.content_type, "application/problem+json");
	expect_text(answer.retry_after, "7");
	expect_text(answer.body.data, order.body);
	expect_status(&answer, 422, "");
	stop();
}

TEST(takes_a_key_in_quotes_for_the_same_key)
{
	static const char *const quoted[] = {"Idempotency-Key: \"k-1\"", NULL};
	struct http_answer answer;

	start();
	post(ORDER, quoted, &answer);
	http_answer_finish(&answer);
	expect_text(order.key, "k-1");
	stop();
}

TEST(asks_for_orders_by_their_id)
{
	struct http_answer answer;

	start();
	order.body = "{\"status\":\"Paid\"}";
	get("/orders/01890A5D-AC96-774B-BCCE-B302099A8057", &answer);
	expect_status(&answer, 200, "Paid");
	expect_text(order.path, "/orders/" ID);
	get("/orders/" ID "/timeline", &answer);
	expect_status(&answer, 200, "Paid");
	expect_text(order.path, "/orders/" ID "/timeline");
	order.status = 404;
	get("/orders/" ID, &answer);
	expect_status(&answer, 404, "Paid");
	stop();
}

TEST(passes_a_cancellation_through)
{
	struct http_answer answer;

	start();
	order.status = 202;
	order.body = "{\"step\":\"refunding\"}";
	cancel("/orders/01890A5D-AC96-774B-BCCE-B302099A8057/cancellation", &answer);
	expect_status(&answer, 202, "refunding");
	expect_text(order.method, "POST");
	expect_text(order.path, "/orders/" ID "/cancellation");
	expect_text(order.request_id, "r-1");
	order.status = 409;
	order.body = "{\"type\":\"/problems/order-completed\"}";
	cancel("/orders/" ID "/cancellation", &answer);
	expect_text(answer.content_type, "application/problem+json");
	expect_status(&answer, 409, "/problems/order-completed");
	expect_int(order.asked, 2);
	cancel("/orders/17/cancellation", &answer);
	expect_status(&answer, 404, "/problems/order-not-found");
	expect_int(order.asked, 2);
	stop();
}

TEST(refuses_at_the_edge_without_asking)
{
	static const char *const typed[] = {"Idempotency-Key: k", "Content-Type: text/plain", NULL};
	static const char *const spaced[] = {"Idempotency-Key: a b", NULL};
	struct http_answer answer;

	start();
	post(ORDER, typed, &answer);
	expect_status(&answer, 415, "/problems/unsupported-media-type");
	post(ORDER, NULL, &answer);
	expect_status(&answer, 400, "/problems/idempotency-key");
	post(ORDER, spaced, &answer);
	expect_status(&answer, 400, "/problems/idempotency-key");
	post("{\"a\":\n1.5}", keyed, &answer);
	expect_status(&answer, 400, "line 2 column");
	post("[]", keyed, &answer);
	expect_status(&answer, 422, "\"pointer\":\"\"");
	get("/orders/17", &answer);
	expect_status(&answer, 404, "/problems/order-not-found");
	get("/orders/" ID "x", &answer);
	expect_status(&answer, 404, "/problems/order-not-found");
	get("/products/a%2Fb", &answer);
	expect_status(&answer, 404, "/problems/product-not-found");
	expect_int(order.asked, 0);
	expect_int(inventory.asked, 0);
	stop();
}

/* A service that takes a request and ends without a word. */
static void *break_off(void *context)
{
	const int *listener = context;
	char waste[4096];
	int fd;

	while ((fd = accept(*listener, NULL, NULL)) >= 0) {
		(void)recv(fd, waste, sizeof(waste), 0);
		(void)close(fd);
	}
	return NULL;
}

TEST(tells_away_late_and_broken_apart)
{
	struct sockaddr_in self = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(self);
	struct http_answer answer;
	pthread_t thread;
	char url[40];
	int listener, port;

	start();
	order.pause_ms = 2 * LATE_MS;
	post(ORDER, keyed, &answer);
	expect_text(answer.retry_after, "2");
	expect_status(&answer, 504, "/problems/order-late");
	port = http_server_port(order.server);
	player_stop(&order);
	post(ORDER, keyed, &answer);
	expect_text(answer.retry_after, "2");
	expect_status(&answer, 503, "/problems/order-unavailable");
	get("/orders/" ID, &answer);
	expect_status(&answer, 503, "/problems/order-unavailable");

	/* Back at the same place: nothing needs to be told. */
	order.pause_ms = 0;
	player_start(&order, port);
	post(ORDER, keyed, &answer);
	expect_status(&answer, 200, "");
	stop();

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect_int(bind(listener, (struct sockaddr *)&self, size), 0);
	expect_int(listen(listener, 8), 0);
	expect_int(getsockname(listener, (struct sockaddr *)&self, &size), 0);
	expect_int(pthread_create(&thread, NULL, break_off, &listener), 0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(self.sin_port));
	open_gateway(url, url);
	post(ORDER, keyed, &answer);
	expect_status(&answer, 502, "/problems/order-broken-off");
	order.server = inventory.server = NULL;
	(void)shutdown(listener, SHUT_RDWR);
	(void)pthread_join(thread, NULL);
	(void)close(listener);
	stop();
}

TEST(goes_on_over_a_restart_of_the_order_service)
{
	struct http_answer answer;
	int port;

	start();
	port = http_server_port(order.server);
	for (int i = 0; i < 5; i++) {
		post(ORDER, keyed, &answer);
		expect_status(&answer, 200, "");
		player_stop(&order);
		player_start(&order, port);
	}
	expect_int(order.asked, 5);
	stop();
}

#define TEA "{\"productId\":\"tea\",\"name\":\"Tea\",\"price\":\"2.50\""
#define POT "{\"productId\":\"pot\",\"name\":\"Pot\",\"price\":\"19.00\""

TEST(joins_products_with_their_availability)
{
	struct http_answer answer;

	start();
	order.body = "{\"products\":[" POT "}," TEA "}]}";
	inventory.body = "{\"stock\":[{\"productId\":\"tea\",\"available\":7,\"reserved\":1},"
			 "{\"productId\":\"cup\",\"available\":3,\"reserved\":0}]}";
	get("/products", &answer);
	expect_text(answer.body.data,
		"{\"products\":[" POT ",\"available\":null}," TEA ",\"available\":7}]}");
	http_answer_finish(&answer);
	expect_text(order.path, "/products");
	expect_text(inventory.path, "/stock");

	order.body = TEA "}";
	inventory.body = "{\"productId\":\"tea\",\"available\":0,\"reserved\":7}";
	get("/products/tea", &answer);
	expect_text(answer.body.data, TEA ",\"available\":0}");
	http_answer_finish(&answer);
	expect_text(order.path, "/products/tea");
	expect_text(inventory.path, "/stock/tea");
	stop();
}

TEST(shows_products_without_inventory)
{
	static const char *const nonsense[] = {"", "{", "[]", "17", "{\"stock\":17}",
		"{\"stock\":[1]}", "{\"stock\":[{\"productId\":\"tea\",\"available\":\"many\"}]}",
		"{\"stock\":[{\"productId\":7,\"available\":7}]}"};
	struct http_answer answer;

	start();
	order.body = "{\"products\":[" TEA "}]}";
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		inventory.body = nonsense[i];
		get("/products", &answer);
		expect_status(&answer, 200, TEA ",\"available\":null}");
	}
	inventory.body = "{\"stock\":[{\"productId\":\"tea\",\"available\":7}]}";
	inventory.status = 503;
	get("/products", &answer);
	expect_status(&answer, 200, TEA ",\"available\":null}");
	inventory.status = 200;
	inventory.pause_ms = 2 * LATE_MS;
	get("/products", &answer);
	expect_status(&answer, 200, TEA ",\"available\":null}");
	player_stop(&inventory);
	get("/products", &answer);
	expect_status(&answer, 200, TEA ",\"available\":null}");
	stop();
}

TEST(has_no_products_without_the_catalogue)
{
	struct http_answer answer;

	start();
	order.status = 404;
	order.body = "{\"type\":\"/problems/product-not-found\"}";
	get("/products/none", &answer);
	expect_status(&answer, 404, "/problems/product-not-found");
	expect_int(inventory.asked, 0);
	order.status = 200;
	order.body = "not JSON";
	get("/products", &answer);
	expect_status(&answer, 503, "/problems/unavailable");
	order.body = "{\"products\":[1,null,{}]}";
	get("/products", &answer);
	expect_status(&answer, 200,
		"[{\"productId\":null,\"name\":null,\"price\":null,\"available\":null}]");
	player_stop(&order);
	get("/products", &answer);
	expect_status(&answer, 503, "/problems/order-unavailable");
	stop();
}

TEST(asks_for_lists_in_the_clients_own_words)
{
	struct http_answer answer;

	start();
	get("/orders?customerId=a%20b&limit=3", &answer);
	expect_status(&answer, 200, "");
	expect_text(order.path, "/orders?customerId=a%20b&limit=3");
	get("/orders", &answer);
	expect_status(&answer, 200, "");
	expect_text(order.path, "/orders");
	stop();
}

TEST(answers_429_to_a_client_that_asks_too_often)
{
	struct http_answer answer;

	start();
	gateway.limit = limit_create(1, 2);
	get("/orders/" ID, &answer);
	expect_status(&answer, 200, "");
	get("/orders/" ID, &answer);
	expect_status(&answer, 200, "");
	get("/orders/" ID, &answer);
	expect_text(answer.retry_after, "1");
	expect_status(&answer, 429, "/problems/too-many-requests");
	expect_int(order.asked, 2);
	/* Whoever looks after the process is not a client. */
	get("/livez", &answer);
	expect_status(&answer, 200, "");
	stop();
}

TEST(refuses_urls_that_are_none)
{
	struct gateway_config config = {.order_url = "order:80",
		.inventory_url = "http://x",
		.order_connections = 1,
		.inventory_connections = 1};
	struct gateway none;

	expect_fault(gateway_open(&config, &none), FAULT_USAGE);
	expect(strstr(fault_text(), "order.url") != NULL);
	config.order_url = "http://x";
	config.inventory_url = "https://x";
	expect_fault(gateway_open(&config, &none), FAULT_USAGE);
	expect(strstr(fault_text(), "inventory.url") != NULL);
}

TESTS("gateway", TEST_CASE(passes_an_order_and_its_answer_through),
	TEST_CASE(hands_problems_back_as_they_came),
	TEST_CASE(takes_a_key_in_quotes_for_the_same_key), TEST_CASE(asks_for_orders_by_their_id),
	TEST_CASE(passes_a_cancellation_through), TEST_CASE(refuses_at_the_edge_without_asking),
	TEST_CASE(tells_away_late_and_broken_apart),
	TEST_CASE(goes_on_over_a_restart_of_the_order_service),
	TEST_CASE(joins_products_with_their_availability),
	TEST_CASE(shows_products_without_inventory),
	TEST_CASE(has_no_products_without_the_catalogue),
	TEST_CASE(asks_for_lists_in_the_clients_own_words),
	TEST_CASE(answers_429_to_a_client_that_asks_too_often),
	TEST_CASE(refuses_urls_that_are_none))
