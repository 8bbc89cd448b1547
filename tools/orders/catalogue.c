#include "catalogue.h"

#include <base/fault.h>
#include <json/json.h>
#include <string.h>

#define FETCH_TIMEOUT_MS 5000
#define NAME_SIZE_MAX 64

/* Names live in static memory: there is one catalogue in a run. */
static char names[PLAN_PRODUCTS_MAX][NAME_SIZE_MAX + 1];

static bool is_excepted(const char *name, const char *except)
{
	size_t size = strlen(name);
	for (const char *at = except; *at;) {
		size_t length = strcspn(at, ",");
		if (length == size && memcmp(at, name, size) == 0)
			return true;
		at += length;
		at += *at == ',';
	}
	return false;
}

/* A gateway that knows the stock says so; a product that may run out spoils the mix. */
static bool may_run_out(const struct json_value *product, const struct plan *plan)
{
	const struct json_value *available = json_member(product, "available");
	return available && json_kind_of(available) == JSON_INT &&
		json_number(available) < plan->count * PLAN_QUANTITY_MAX;
}

static int take_product(const struct json_value *product, const char *except, struct plan *plan)
{
	const struct json_value *id = NULL;
	if (json_kind_of(product) == JSON_OBJECT)
		id = json_member(product, "productId");
	if (!id || json_kind_of(id) != JSON_TEXT)
		return fault(FAULT_INPUT, "GET /products: a product without productId");

	size_t size;
	const char *name = json_string(id, &size);
	/* What would need escaping in an order's body is nothing a catalogue has. */
	if (size == 0 || size > NAME_SIZE_MAX || strcspn(name, "\"\\") != size)
		return fault(FAULT_INPUT, "GET /products: a productId that cannot be ordered");
	if (is_excepted(name, except) || may_run_out(product, plan) ||
		plan->product_count == PLAN_PRODUCTS_MAX)
		return 0;
	memcpy(names[plan->product_count], name, size + 1);
	plan->products[plan->product_count] = names[plan->product_count];
	plan->product_count++;
	return 0;
}

int catalogue_read(const char *text, size_t size, const char *except, struct plan *plan)
{
	JSON_CLEAN struct json_document *document = NULL;
	const struct json_value *products = NULL;
	int r = json_parse(text, size, &document);
	if (r < 0)
		return r;

	if (json_kind_of(json_root(document)) == JSON_OBJECT)
		products = json_member(json_root(document), "products");
	if (!products || json_kind_of(products) != JSON_ARRAY)
		return fault(FAULT_INPUT, "GET /products: no array products");
	plan->product_count = 0;
	for (size_t i = 0; i < json_count(products); i++) {
		r = take_product(json_element(products, i), except, plan);
		if (r < 0)
			return r;
	}
	if (plan->product_count == 0)
		return fault(FAULT_STATE,
			"GET /products: nothing can be bought (without %s): is the catalogue "
			"seeded?",
			*except ? except : "exceptions");
	return 0;
}

int catalogue_fetch(struct http_client *client, const char *except, struct plan *plan)
{
	struct http_answer answer;
	int r = http_client_call(client,
		&(struct http_call){
			.method = "GET", .path = "/products", .timeout_ms = FETCH_TIMEOUT_MS},
		&answer);
	if (r == 0 && answer.status != 200)
		r = fault(FAULT_PEER, "GET /products: the gateway answered %d", answer.status);
	if (r == 0)
		r = catalogue_read(answer.body.data, answer.body.size, except, plan);
	http_answer_finish(&answer);
	return r;
}
