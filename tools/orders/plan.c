#include "plan.h"

#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WEIGHT_MAX 1000000
#define CUSTOMERS 1000

/* What the payment service's simulated provider is told to do. */
static const struct {
	const char *name;
	const char *payment_method;
} kinds[PLAN_KINDS] = {
	[PLAN_OK] = {"ok", "card_ok"},
	[PLAN_DECLINED] = {"declined", "card_declined"},
	[PLAN_INSUFFICIENT_FUNDS] = {"insufficient_funds", "insufficient_funds"},
	[PLAN_GATEWAY_ERROR] = {"gateway_error", "gateway_error"},
	[PLAN_OUT_OF_STOCK] = {"out_of_stock", "card_ok"},
	[PLAN_SLOW] = {"slow", "slow"},
	[PLAN_UNKNOWN_OUTCOME] = {"unknown_outcome", "unknown_outcome"},
	[PLAN_CANCEL] = {"cancel", "card_ok"},
};

const char *plan_kind_name(enum plan_kind kind)
{
	return kinds[kind].name;
}

/* Independent draws for one request; SplitMix64 (Steele, Lea, Flood 2014). */
enum draw { DRAW_KIND, DRAW_CUSTOMER, DRAW_PRODUCT, DRAW_QUANTITY, DRAWS };

static uint64_t draw_from(uint64_t seed, uint64_t place)
{
	uint64_t z = seed + (place + 1) * UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t plan_draw(const struct plan *plan, int64_t n, enum draw draw)
{
	return draw_from(plan->seed, (uint64_t)n * DRAWS + draw);
}

static bool parse_weight(const char *text, size_t size, int64_t *ret_weight)
{
	int64_t weight = 0;
	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9' || weight > WEIGHT_MAX)
			return false;
		weight = weight * 10 + (text[i] - '0');
	}
	*ret_weight = weight;
	return size > 0 && weight <= WEIGHT_MAX;
}

/* One "kind=weight" of @size bytes. */
static int parse_share(struct plan *plan, const char *text, size_t size)
{
	const char *sign = memchr(text, '=', size);
	size_t name_size = sign ? (size_t)(sign - text) : size;
	size_t kind = 0;

	while (kind < PLAN_KINDS &&
		(strlen(kinds[kind].name) != name_size ||
			memcmp(kinds[kind].name, text, name_size) != 0))
		kind++;
	if (kind == PLAN_KINDS)
		return fault(FAULT_USAGE,
			"--mix: '%.*s' is none of ok, declined, insufficient_funds, gateway_error, "
			"out_of_stock, slow, unknown_outcome, cancel",
			(int)name_size, text);
	if (!sign || !parse_weight(sign + 1, size - name_size - 1, &plan->weights[kind]))
		return fault(FAULT_USAGE, "--mix: '%.*s' wants the form kind=weight, such as ok=70",
			(int)size, text);
	return 0;
}

int plan_parse_mix(struct plan *plan, const char *text)
{
	int64_t total = 0;

	memset(plan->weights, 0, sizeof(plan->weights));
	for (const char *at = text;; at++) {
		size_t size = strcspn(at, ",");
		int r = parse_share(plan, at, size);
		if (r < 0)
			return r;
		at += size;
		if (*at == '\0')
			break;
	}
	for (size_t kind = 0; kind < PLAN_KINDS; kind++)
		total += plan->weights[kind];
	if (total == 0)
		return fault(FAULT_USAGE, "--mix: all weights are zero");
	return 0;
}

int plan_parse_duration(const char *text, int64_t *ret_seconds)
{
	size_t size = strlen(text);
	char unit = size > 0 ? text[size - 1] : '\0';
	int64_t factor = unit == 'm' ? 60 : unit == 'h' ? 3600 : 1;
	int64_t number;

	if (unit == 's' || unit == 'm' || unit == 'h')
		size--;
	if (!parse_weight(text, size, &number))
		return fault(FAULT_USAGE, "'%s' is not a duration such as 60s, 5m or 1h", text);
	*ret_seconds = number * factor;
	return 0;
}

int64_t plan_due_us(const struct plan *plan, int64_t n)
{
	return n * US_PER_S / plan->rate;
}

enum plan_kind plan_kind_of(const struct plan *plan, int64_t n)
{
	int64_t total = 0;
	size_t kind = 0;

	for (size_t i = 0; i < PLAN_KINDS; i++)
		total += plan->weights[i];
	int64_t left = (int64_t)(plan_draw(plan, n, DRAW_KIND) % (uint64_t)total);
	while (left >= plan->weights[kind]) {
		left -= plan->weights[kind];
		kind++;
	}
	assert(kind < PLAN_KINDS);
	return (enum plan_kind)kind;
}

/* From a sequence of its own, so that the same seed still orders what it always did. */
int64_t plan_cancel_after_us(const struct plan *plan, int64_t n)
{
	uint64_t bound = (uint64_t)plan->cancel_within_us + 1;

	return (int64_t)(draw_from(~plan->seed, (uint64_t)n) % bound);
}

char *plan_key(const struct plan *plan, int64_t n, char text[static UUID_TEXT_SIZE])
{
	char name[24];
	snprintf(name, sizeof(name), "%" PRId64, n);
	struct uuid key = uuid_derive(&plan->run, name);
	return uuid_format(&key, text);
}

size_t plan_body(const struct plan *plan, int64_t n, char body[static PLAN_BODY_SIZE])
{
	enum plan_kind kind = plan_kind_of(plan, n);
	const char *product = kind == PLAN_OUT_OF_STOCK
		? plan->product_sold_out
		: plan->products[plan_draw(plan, n, DRAW_PRODUCT) % plan->product_count];

	int size = snprintf(body, PLAN_BODY_SIZE,
		"{\"customerId\":\"load-%04u\",\"items\":[{\"productId\":\"%s\",\"quantity\":%u}],"
		"\"paymentMethod\":\"%s\"}",
		(unsigned)(plan_draw(plan, n, DRAW_CUSTOMER) % CUSTOMERS), product,
		(unsigned)(plan_draw(plan, n, DRAW_QUANTITY) % PLAN_QUANTITY_MAX) + 1,
		kinds[kind].payment_method);
	assert(size > 0 && size < PLAN_BODY_SIZE);
	return (size_t)size;
}
