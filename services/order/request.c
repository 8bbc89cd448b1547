#include "request.h"

#include <base/fault.h>
#include <json/json.h>
#include <string.h>

static const char *const payment_methods[] = {"card_ok", "card_declined", "insufficient_funds",
	"gateway_error", "slow", "unknown_outcome", NULL};

struct reading {
	struct arena *arena;
	struct order_request_error *error;
};

static int refuse(struct reading *reading, const char *slug, const char *title, const char *pointer,
	const char *detail)
{
	*reading->error = (struct order_request_error){
		.status = 422,
		.slug = slug,
		.title = title,
		.detail = detail,
		.pointer = pointer,
	};
	return ORDER_REQUEST_REFUSED;
}

static int refuse_type(struct reading *reading, const char *pointer, const char *wanted,
	const struct json_value *value)
{
	if (!value)
		return refuse(reading, "missing-field", "Field missing", pointer,
			arena_format(reading->arena, "wanted is %s", wanted));
	return refuse(reading, "wrong-type", "Wrong type", pointer,
		arena_format(reading->arena, "wanted is %s, this is %s", wanted,
			json_kind_name(json_kind_of(value))));
}

/* @prefix and a member's name, of which "~" and "/" are escaped (RFC 6901 §3). */
static const char *pointer_to(struct reading *reading, const char *prefix, const char *name)
{
	size_t size = strnlen(name, ORDER_REQUEST_ID_MAX), length = strlen(prefix);
	char *pointer = arena_alloc(reading->arena, length + 2 * size + 2);

	memcpy(pointer, prefix, length);
	pointer[length++] = '/';
	for (size_t i = 0; i < size; i++) {
		bool escaped = name[i] == '~' || name[i] == '/';

		if (escaped)
			pointer[length++] = '~';
		pointer[length++] = !escaped ? name[i] : name[i] == '~' ? '0' : '1';
	}
	return pointer;
}

/* Unknown members are refused: a misspelt one must not pass for a missing one. */
static int check_members(struct reading *reading, const struct json_value *object,
	const char *prefix, const char *const *known)
{
	for (size_t i = 0; i < json_count(object); i++) {
		const struct json_value *value;
		const char *name = json_member_at(object, i, &value);
		const char *const *match = known;

		while (*match && strcmp(*match, name) != 0)
			match++;
		if (!*match)
			return refuse(reading, "unknown-field", "Unknown field",
				pointer_to(reading, prefix, name), "an order has no such field");
	}
	return 0;
}

static bool is_id_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		strchr("._:@-", c) != NULL;
}

static int read_id(struct reading *reading, const struct json_value *value, const char *pointer,
	const char **ret_id)
{
	const char *text;
	size_t size;

	if (!value || json_kind_of(value) != JSON_TEXT)
		return refuse_type(reading, pointer, "a text", value);
	text = json_string(value, &size);
	if (size == 0 || size > ORDER_REQUEST_ID_MAX)
		return refuse(reading, "wrong-length", "Wrong length", pointer,
			"wanted are 1 to 64 characters");
	for (size_t i = 0; i < size; i++) {
		if (!is_id_character(text[i]))
			return refuse(reading, "wrong-characters", "Wrong characters", pointer,
				"allowed are letters, digits and . _ : @ -");
	}
	*ret_id = arena_string_of(reading->arena, text, size);
	return 0;
}

static int read_method(
	struct reading *reading, const struct json_value *value, const char **ret_method)
{
	size_t size;

	if (!value || json_kind_of(value) != JSON_TEXT)
		return refuse_type(reading, "/paymentMethod", "a text", value);
	for (const char *const *method = payment_methods; *method; method++) {
		if (strcmp(*method, json_string(value, &size)) == 0) {
			*ret_method = *method;
			return 0;
		}
	}
	return refuse(reading, "unknown-payment-method", "Unknown payment method", "/paymentMethod",
		"known are card_ok, card_declined, insufficient_funds, gateway_error, slow and "
		"unknown_outcome");
}

static int read_quantity(struct reading *reading, const struct json_value *value,
	const char *pointer, int32_t *ret_quantity)
{
	int64_t quantity;

	if (!value || json_kind_of(value) != JSON_INT)
		return refuse_type(reading, pointer, "a whole number", value);
	quantity = json_number(value);
	if (quantity < 1 || quantity > ORDER_REQUEST_QUANTITY_MAX)
		return refuse(reading, "quantity-out-of-range", "Quantity out of range", pointer,
			"wanted is 1 to 1000");
	*ret_quantity = (int32_t)quantity;
	return 0;
}

static int read_item(struct reading *reading, const struct json_value *value, size_t index,
	struct order_request_item *item)
{
	static const char *const known[] = {"productId", "quantity", NULL};
	const char *pointer = arena_format(reading->arena, "/items/%zu", index);
	int r;

	if (json_kind_of(value) != JSON_OBJECT)
		return refuse_type(reading, pointer, "an object", value);
	r = check_members(reading, value, pointer, known);
	if (r == 0)
		r = read_id(reading, json_member(value, "productId"),
			arena_format(reading->arena, "%s/productId", pointer), &item->product_id);
	if (r == 0)
		r = read_quantity(reading, json_member(value, "quantity"),
			arena_format(reading->arena, "%s/quantity", pointer), &item->quantity);
	return r;
}

static int check_repeats(
	struct reading *reading, const struct order_request_item *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(items[i].product_id, items[j].product_id) == 0)
				return refuse(reading, "product-repeated", "Product repeated",
					arena_format(reading->arena, "/items/%zu/productId", i),
					arena_format(reading->arena,
						"it is item %zu already: add the quantities", j));
		}
	}
	return 0;
}

static int read_items(
	struct reading *reading, const struct json_value *list, struct order_request *request)
{
	struct order_request_item *items;
	size_t count;
	int r = 0;

	if (!list || json_kind_of(list) != JSON_ARRAY)
		return refuse_type(reading, "/items", "an array", list);
	count = json_count(list);
	if (count == 0 || count > ORDER_REQUEST_ITEMS_MAX)
		return refuse(reading, "wrong-length", "Wrong length", "/items",
			"wanted are 1 to 100 items");
	items = arena_array(reading->arena, count, sizeof(*items));
	for (size_t i = 0; r == 0 && i < count; i++)
		r = read_item(reading, json_element(list, i), i, &items[i]);
	if (r == 0)
		r = check_repeats(reading, items, count);
	request->items = items;
	request->items_count = count;
	return r;
}

static int read_request(
	struct reading *reading, const struct json_value *body, struct order_request *request)
{
	static const char *const known[] = {"customerId", "items", "paymentMethod", NULL};
	int r;

	if (json_kind_of(body) != JSON_OBJECT)
		return refuse_type(reading, "", "an object", body);
	r = check_members(reading, body, "", known);
	if (r == 0)
		r = read_id(reading, json_member(body, "customerId"), "/customerId",
			&request->customer_id);
	if (r == 0)
		r = read_items(reading, json_member(body, "items"), request);
	if (r == 0)
		r = read_method(
			reading, json_member(body, "paymentMethod"), &request->payment_method);
	return r;
}

int order_request_parse(const char *body, size_t size, struct arena *arena,
	struct order_request *ret_request, struct order_request_error *ret_error)
{
	JSON_CLEAN struct json_document *document = NULL;
	struct reading reading = {.arena = arena, .error = ret_error};
	struct order_request request = {0};
	int r;

	if (json_parse(body, size, &document) < 0) {
		*ret_error = (struct order_request_error){
			.status = 400,
			.slug = "malformed-json",
			.title = "Malformed JSON",
			.detail = arena_string(arena, fault_text()),
		};
		return ORDER_REQUEST_REFUSED;
	}
	r = read_request(&reading, json_root(document), &request);
	if (r == 0)
		*ret_request = request;
	return r;
}
