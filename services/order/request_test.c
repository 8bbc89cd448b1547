#include "request.h"

#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

#define ITEMS "\"items\":[{\"productId\":\"sku-tea\",\"quantity\":2}]"
#define REST "\"customerId\":\"me\",\"paymentMethod\":\"card_ok\""

static int parse(const char *body, struct arena *arena, struct order_request *request,
	struct order_request_error *error)
{
	return order_request_parse(body, strlen(body), arena, request, error);
}

TEST(reads_a_whole_order)
{
	struct arena *arena = arena_create(1 << 20);
	struct order_request request;
	struct order_request_error error;

	expect_ok(parse("{" REST "," ITEMS "}", arena, &request, &error));
	expect_text(request.customer_id, "me");
	expect_text(request.payment_method, "card_ok");
	expect_int(request.items_count, 1);
	expect_text(request.items[0].product_id, "sku-tea");
	expect_int(request.items[0].quantity, 2);
	arena_destroy(arena);
}

/* clang-format off */
static const struct refusal {
	const char *body, *slug, *pointer;
	int status;
} refusals[] = {
	{"", "malformed-json", NULL, 400},
	{"{", "malformed-json", NULL, 400},
	{"{" REST "," ITEMS "} x", "malformed-json", NULL, 400},
	{"{" REST "," ITEMS "," ITEMS "}", "malformed-json", NULL, 400},
	{"[]", "wrong-type", "", 422},
	{"{" ITEMS ",\"paymentMethod\":\"card_ok\"}", "missing-field", "/customerId", 422},
	{"{\"customerId\":7," ITEMS ",\"paymentMethod\":\"card_ok\"}", "wrong-type", "/customerId", 422},
	{"{\"customerId\":\"\"," ITEMS ",\"paymentMethod\":\"card_ok\"}", "wrong-length", "/customerId", 422},
	{"{\"customerId\":\"a b\"," ITEMS ",\"paymentMethod\":\"card_ok\"}", "wrong-characters", "/customerId", 422},
	{"{" REST "}", "missing-field", "/items", 422},
	{"{" REST ",\"items\":{}}", "wrong-type", "/items", 422},
	{"{" REST ",\"items\":[]}", "wrong-length", "/items", 422},
	{"{" REST ",\"items\":[3]}", "wrong-type", "/items/0", 422},
	{"{" REST ",\"items\":[{\"quantity\":1}]}", "missing-field", "/items/0/productId", 422},
	{"{" REST ",\"items\":[{\"productId\":\"a\"}]}", "missing-field", "/items/0/quantity", 422},
	{"{" REST ",\"items\":[{\"productId\":\"a\",\"quantity\":\"1\"}]}", "wrong-type", "/items/0/quantity", 422},
	{"{" REST ",\"items\":[{\"productId\":\"a\",\"quantity\":1.5}]}", "malformed-json", NULL, 400},
	{"{" REST ",\"items\":[{\"productId\":\"a\",\"quantity\":0}]}", "quantity-out-of-range", "/items/0/quantity", 422},
	{"{" REST ",\"items\":[{\"productId\":\"a\",\"quantity\":-1}]}", "quantity-out-of-range", "/items/0/quantity", 422},
	{"{" REST ",\"items\":[{\"productId\":\"a\",\"quantity\":1001}]}", "quantity-out-of-range", "/items/0/quantity", 422},
	{"{" REST ",\"items\":[{\"productId\":\"a\",\"quantity\":1,\"price\":1}]}", "unknown-field", "/items/0/price", 422},
	{"{" REST ",\"items\":[{\"productId\":\"a\",\"quantity\":1},{\"productId\":\"a\",\"quantity\":1}]}", "product-repeated", "/items/1/productId", 422},
	{"{" REST "," ITEMS ",\"coupon\":1}", "unknown-field", "/coupon", 422},
	{"{" REST "," ITEMS ",\"a/b~c\":1}", "unknown-field", "/a~1b~0c", 422},
	{"{\"customerId\":\"me\"," ITEMS "}", "missing-field", "/paymentMethod", 422},
	{"{\"customerId\":\"me\"," ITEMS ",\"paymentMethod\":\"gold\"}", "unknown-payment-method", "/paymentMethod", 422},
};
/* clang-format on */

TEST(refuses_with_a_pointer_to_the_field_at_fault)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct arena *arena = arena_create(1 << 20);
		struct order_request request;
		struct order_request_error error = {0};
		int r = parse(refusals[i].body, arena, &request, &error);

		if (r != ORDER_REQUEST_REFUSED || error.status != refusals[i].status)
			fail_test("%s: answered %d, status %d", refusals[i].body, r, error.status);
		expect_text(error.slug, refusals[i].slug);
		if (refusals[i].pointer)
			expect_text(error.pointer, refusals[i].pointer);
		else
			expect(!error.pointer);
		expect(error.detail && *error.detail && error.title);
		arena_destroy(arena);
	}
}

TEST(takes_a_hundred_items_and_no_more)
{
	static char body[16384];

	for (int count = 100; count <= 101; count++) {
		struct arena *arena = arena_create(1 << 20);
		struct order_request request;
		struct order_request_error error;
		int size = snprintf(body, sizeof(body), "{" REST ",\"items\":[");

		for (int i = 0; i < count; i++)
			size += snprintf(body + size, sizeof(body) - (size_t)size,
				"%s{\"productId\":\"p%d\",\"quantity\":1}", i ? "," : "", i);
		snprintf(body + size, sizeof(body) - (size_t)size, "]}");
		expect_int(parse(body, arena, &request, &error),
			count == 100 ? 0 : ORDER_REQUEST_REFUSED);
		arena_destroy(arena);
	}
}

TESTS("order request", TEST_CASE(reads_a_whole_order),
	TEST_CASE(refuses_with_a_pointer_to_the_field_at_fault),
	TEST_CASE(takes_a_hundred_items_and_no_more))
