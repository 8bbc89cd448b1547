#include "api.h"

#include <http/client.h>
#include <json/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

#define CREATED "order.events-orderlab.order.OrderCreated"
#define CANCELLED "order.events-orderlab.order.OrderCancelled"
#define REGISTRY_JSON "application/vnd.schemaregistry.v1+json"

static struct http_server *server;
static struct http_client *client;
static struct http_answer answer;

static void start(void)
{
	char base[64];

	expect_ok(http_server_start(
		&(struct http_server_config){
			.listen = "127.0.0.1:0", .threads = 2, .routes = api_routes},
		&server));
	snprintf(base, sizeof(base), "http://127.0.0.1:%d", http_server_port(server));
	client = http_client_create(base, 1);
	expect(client != NULL);
}

static void stop(void)
{
	http_answer_finish(&answer);
	http_client_destroy(client);
	http_server_stop(server);
}

static const char *call(const char *method, const char *path, const char *body)
{
	static const char *const headers[] = {"Accept: " REGISTRY_JSON ", application/json", NULL};

	http_answer_finish(&answer);
	expect_ok(http_client_call(client,
		&(struct http_call){
			.method = method,
			.path = path,
			.headers = headers,
			.body = body,
			.body_size = body ? strlen(body) : 0,
			.timeout_ms = 5000,
		},
		&answer));
	return answer.body.data;
}

static void expect_answer(const char *path, const char *want)
{
	expect_text(call("GET", path, NULL), want);
	expect_int(answer.status, 200);
	expect_text(answer.content_type, REGISTRY_JSON);
}

static void expect_refusal(const char *method, const char *path, int status, int code)
{
	JSON_CLEAN struct json_document *document = NULL;
	const char *body = call(method, path, "{}");

	expect_int(answer.status, status);
	expect_text(answer.content_type, REGISTRY_JSON);
	expect_ok(json_parse(body, strlen(body), &document));
	expect_int(json_number(json_member(json_root(document), "error_code")), code);
	expect(json_kind_of(json_member(json_root(document), "message")) == JSON_TEXT);
}

static const char *member_of(const char *body, const char *name)
{
	static char text[8192];
	JSON_CLEAN struct json_document *document = NULL;

	expect_ok(json_parse(body, strlen(body), &document));
	snprintf(text, sizeof(text), "%s",
		json_string(json_member(json_root(document), name), NULL));
	return text;
}

TEST(every_event_is_a_subject_of_its_topic)
{
	start();
	expect_answer("/subjects?subjectPrefix=payment.requests",
		"[\"payment.requests-orderlab.order.OrderPaymentRequested\","
		"\"payment.requests-orderlab.order.RefundPayment\"]");
	expect(strstr(call("GET", "/subjects?deleted=false", NULL), "\"" CREATED "\"") != NULL);
	stop();
}

TEST(versions_are_those_of_the_files)
{
	start();
	expect_answer("/subjects/" CANCELLED "/versions", "[1,2]");
	expect(strncmp(call("GET", "/subjects/" CANCELLED "/versions/latest", NULL),
		       "{\"subject\":\"" CANCELLED "\",\"version\":2,\"id\":5,"
		       "\"schemaType\":\"AVRO\",\"schema\":\"{",
		       96) == 0);
	expect(strstr(call("GET", "/subjects/" CANCELLED "/versions/1", NULL),
		       "\"version\":1,\"id\":4,") != NULL);
	expect(strncmp(call("GET", "/subjects/" CANCELLED "/versions/1/schema", NULL),
		       "{\"type\":\"record\",\"name\":\"OrderCancelled\"", 38) == 0);
	stop();
}

/* What a deserializer asks for when it meets an id. */
TEST(a_schema_is_found_by_the_id_in_a_message)
{
	const char *body;

	start();
	body = call("GET", "/schemas/ids/1?fetchMaxId=false&subject=order.events-value", NULL);
	expect_int(answer.status, 200);
	expect(strstr(body, "maxId") == NULL);
	body = member_of(body, "schema");
	expect(strstr(body, "{\"type\":\"record\",\"name\":\"OrderCreatedItem\",") != NULL);
	expect(strstr(body, "\"doc\":\"A new order was accepted.\"") != NULL);
	expect(strstr(call("GET", "/schemas/ids/1?fetchMaxId=true", NULL), "\"maxId\":16}") !=
		NULL);
	expect_answer("/schemas/ids/5/subjects", "[\"" CANCELLED "\"]");
	expect_answer("/schemas/ids/5/versions", "[{\"subject\":\"" CANCELLED "\",\"version\":2}]");
	expect_answer("/schemas/types", "[\"AVRO\"]");
	stop();
}

TEST(compatibility_and_mode_are_told)
{
	start();
	expect_answer("/config", "{\"compatibilityLevel\":\"FULL_TRANSITIVE\"}");
	expect_answer("/config/" CREATED "?defaultToGlobal=true",
		"{\"compatibilityLevel\":\"FULL_TRANSITIVE\"}");
	expect_refusal("GET", "/config/" CREATED, 404, 40408);
	expect_answer("/mode", "{\"mode\":\"READONLY\"}");
	expect_answer("/mode/" CREATED "?defaultToGlobal=true", "{\"mode\":\"READONLY\"}");
	expect_refusal("GET", "/mode/" CREATED, 404, 40409);
	expect_answer("/", "{}");
	stop();
}

TEST(what_is_not_there_has_the_codes_of_that_api)
{
	start();
	expect_refusal("GET", "/subjects/order.events-value/versions", 404, 40401);
	expect_refusal("GET", "/subjects/order.events-value/versions/latest", 404, 40401);
	expect_refusal("GET", "/subjects/" CREATED "/versions/2", 404, 40402);
	expect_refusal("GET", "/subjects/" CREATED "/versions/0", 422, 42202);
	expect_refusal("GET", "/subjects/" CREATED "/versions/1x", 422, 42202);
	expect_refusal("GET", "/schemas/ids/17", 404, 40403);
	expect_refusal("GET", "/schemas/ids/one", 404, 404);
	stop();
}

TEST(a_schema_is_looked_up_by_what_it_says)
{
	static const char spaced[] =
		"{\"schema\": \" { \\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"OrderCompleted\\\","
		"\\\"namespace\\\":\\\"orderlab.order\\\", \\\"fields\\\":[{\\\"name\\\":"
		"\\\"orderId\\\",\\\"type\\\":{\\\"type\\\":\\\"string\\\",\\\"logicalType\\\":"
		"\\\"uuid\\\"}}, {\\\"name\\\":\\\"completedAt\\\",\\\"type\\\":{\\\"type\\\":"
		"\\\"long\\\",\\\"logicalType\\\":\\\"timestamp-micros\\\"}}]}\"}";

	start();
	expect(strstr(call("POST", "/subjects/order.events-orderlab.order.OrderCompleted", spaced),
		       "\"version\":1,\"id\":2,") != NULL);
	expect_int(answer.status, 200);
	call("POST", "/subjects/" CREATED, spaced);
	expect_int(answer.status, 404);
	call("POST", "/subjects/" CREATED, "{\"schema\":\"\\\"string\\\"\"}");
	expect_int(answer.status, 404);
	expect_refusal("POST", "/subjects/" CREATED, 422, 42201);
	expect_refusal("POST", "/subjects/nothing", 404, 40401);
	stop();
}

TEST(nothing_can_be_changed)
{
	static const char *const changes[][2] = {
		{"POST", "/subjects/" CREATED "/versions"},
		{"DELETE", "/subjects/" CREATED},
		{"DELETE", "/subjects/" CREATED "/versions/1"},
		{"PUT", "/config"},
		{"PUT", "/config/" CREATED},
		{"DELETE", "/config/" CREATED},
		{"PUT", "/mode"},
		{"PUT", "/mode/" CREATED},
	};

	start();
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		expect_refusal(changes[i][0], changes[i][1], 422, 42205);
	call("PUT", "/subjects", "{}");
	expect_int(answer.status, 405);
	stop();
}

TESTS("registry", TEST_CASE(every_event_is_a_subject_of_its_topic),
	TEST_CASE(versions_are_those_of_the_files),
	TEST_CASE(a_schema_is_found_by_the_id_in_a_message),
	TEST_CASE(compatibility_and_mode_are_told),
	TEST_CASE(what_is_not_there_has_the_codes_of_that_api),
	TEST_CASE(a_schema_is_looked_up_by_what_it_says), TEST_CASE(nothing_can_be_changed))
