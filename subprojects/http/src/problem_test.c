#include <http/server.h>
#include <testkit/testkit.h>

#include <string.h>

TEST(writes_a_problem)
{
	struct http_reply reply = {0};

	buffer_add_text(&reply.body, "half an answer");
	http_problem(&reply, 422, "quantity", "Quantity out of bounds", "\"quantity\" is 0.",
		"/items/0/quantity");
	expect_int(reply.status, 422);
	expect_text(reply.content_type, "application/problem+json");
	expect_text(reply.body.data,
		"{\"type\":\"/problems/quantity\",\"title\":\"Quantity out of "
		"bounds\",\"status\":422,\"detail\":\"\\\"quantity\\\" is 0.\","
		"\"pointer\":\"/items/0/quantity\"}");
	buffer_finish(&reply.body);
}

TEST(names_the_request)
{
	struct http_request request = {.request_id = "r-1"};
	struct http_reply reply = {.request = &request};

	memset(request.trace.trace_id, 0xab, sizeof(request.trace.trace_id));
	memset(request.trace.span_id, 1, sizeof(request.trace.span_id));
	http_problem(&reply, 404, "not-found", "No such resource", "Nothing.", NULL);
	expect(strstr(reply.body.data, "\"request_id\":\"r-1\"") != NULL);
	expect(strstr(reply.body.data, "\"trace_id\":\"abababababababababababababababab\"") !=
		NULL);
	expect(strstr(reply.body.data, "pointer") == NULL);
	buffer_finish(&reply.body);
}

TEST(keeps_line_breaks_out_of_headers)
{
	struct http_reply reply = {0};

	http_reply_header(&reply, "Location", "/orders/%s", "1\r\nSet-Cookie: a=b");
	expect_text(reply.headers[0].name, "Location");
	expect_text(reply.headers[0].value, "/orders/1  Set-Cookie: a=b");
	expect_int(reply.header_count, 1);
}

TEST(cuts_a_long_header_value)
{
	struct http_reply reply = {0};

	http_reply_header(&reply, "X-Long", "%0300d", 0);
	expect_int(strlen(reply.headers[0].value), sizeof(reply.headers[0].value) - 1);
}

TESTS("problem", TEST_CASE(writes_a_problem), TEST_CASE(names_the_request),
	TEST_CASE(keeps_line_breaks_out_of_headers), TEST_CASE(cuts_a_long_header_value))
