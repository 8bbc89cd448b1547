#include "answers.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/sha256.h>
#include <http/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/scan.h>
#include <string.h>

#define TIMEOUT_MS 10000

/* The load generator's form of a request; the owner keeps only a digest of it. */
#define SAMPLE_KEYS \
	"SELECT i.key, i.answer, i.status, i.body_sha256, i.order_id," \
	" '{\"customerId\":' || to_json(o.customer_id)::text || ',\"items\":[' ||" \
	" string_agg('{\"productId\":' || to_json(t.product_id)::text || ',\"quantity\":' ||" \
	" t.quantity || '}', ',' ORDER BY t.position) || '],\"paymentMethod\":' ||" \
	" to_json(o.payment_method)::text || '}'" \
	" FROM (SELECT * FROM idempotency WHERE created_at > now() - interval '23 hours'" \
	" ORDER BY created_at DESC LIMIT %d) AS i" \
	" JOIN orders o ON o.id = i.order_id JOIN order_item t USING (order_id)" \
	" GROUP BY i.key, i.answer, i.status, i.body_sha256, i.order_id, o.customer_id," \
	" o.payment_method"
#define SAMPLE_ORDERS "SELECT id FROM orders ORDER BY id DESC LIMIT %d"

struct sampling {
	struct report *report;
	struct http_client *gateway, *order;
	int64_t skipped, away;
};

static int call(struct http_client *client, const struct http_call *call, const char *whose,
	struct sampling *sampling, enum invariant invariant, struct http_answer *answer)
{
	int r = http_client_call(client, call, answer);

	if (r < 0) {
		sampling->away++;
		report_doubt(sampling->report, invariant, "%s is away: %s", whose, fault_text());
	}
	return r;
}

static void compare_again(
	struct sampling *sampling, const struct store_result *row, const struct http_answer *answer)
{
	const char *kept = store_get_text(row, 0, 1);
	const struct where where = {
		.order = store_get_uuid(row, 0, 4), .partition = -1, .offset = -1};
	bool same = answer->body.size == strlen(kept) &&
		memcmp(answer->body.data, kept, answer->body.size) == 0;

	if (answer->status == 429 || answer->status >= 500) {
		report_doubt(
			sampling->report, S2, "a repeated request was answered %d", answer->status);
		return;
	}
	report_looked_at(sampling->report, S2, 1);
	if (answer->status != store_get_int(row, 0, 2))
		report_violation(sampling->report, S2, &where,
			"key '%s', sent again, is answered %d instead of %d",
			store_get_text(row, 0, 0), answer->status, store_get_int(row, 0, 2));
	else if (!same)
		report_violation(sampling->report, S2, &where,
			"key '%s', sent again, is answered with another body: %.80s",
			store_get_text(row, 0, 0), answer->body.data);
}

/* Columns: key, answer, status, body_sha256, order_id, body. */
static int repeat_one(void *context, const struct store_result *row)
{
	struct sampling *sampling = context;
	const char *body = store_get_text(row, 0, 5);
	uint8_t digest[SHA256_SIZE];
	char header[300];
	const char *headers[] = {header, NULL};
	struct http_answer answer;
	size_t size;
	const void *wanted = store_get_bytes(row, 0, 3, &size);

	sha256_of(body, strlen(body), digest);
	if (size != SHA256_SIZE || memcmp(digest, wanted, size) != 0) {
		sampling->skipped++;
		return 0;
	}
	snprintf(header, sizeof(header), "Idempotency-Key: %s", store_get_text(row, 0, 0));
	if (call(sampling->gateway,
		    &(struct http_call){.method = "POST",
			    .path = "/orders",
			    .headers = headers,
			    .body = body,
			    .body_size = strlen(body),
			    .timeout_ms = TIMEOUT_MS},
		    "the gateway", sampling, S2, &answer) == 0)
		compare_again(sampling, row, &answer);
	http_answer_finish(&answer);
	return 0;
}

static int read_order(struct http_client *client, const char *path, const char *whose,
	struct sampling *sampling, struct http_answer *answer)
{
	int r = call(client,
		&(struct http_call){.method = "GET", .path = path, .timeout_ms = TIMEOUT_MS}, whose,
		sampling, S12, answer);

	if (r == 0 && (answer->status == 429 || answer->status >= 500)) {
		report_doubt(sampling->report, S12, "%s answered %d", whose, answer->status);
		r = FAULT_PEER;
	}
	return r;
}

static bool is_same(const struct http_answer *a, const struct http_answer *b)
{
	return a->status == b->status && a->body.size == b->body.size &&
		memcmp(a->body.data, b->body.data, a->body.size) == 0;
}

static int compare_one(void *context, const struct store_result *row)
{
	static const char *const ways[] = {"cold", "warm"};
	struct sampling *sampling = context;
	const struct where where = {
		.order = store_get_uuid(row, 0, 0), .partition = -1, .offset = -1};
	char path[64], id[UUID_TEXT_SIZE];
	struct http_answer owner;

	snprintf(path, sizeof(path), "/orders/%s", uuid_format(&where.order, id));
	if (read_order(sampling->order, path, "the order service", sampling, &owner) == 0) {
		for (int i = 0; i < 2; i++) {
			struct http_answer answer;

			if (read_order(sampling->gateway, path, "the gateway", sampling, &answer) ==
				0) {
				report_looked_at(sampling->report, S12, 1);
				if (!is_same(&owner, &answer))
					report_missing(sampling->report, S12, &where,
						"the gateway (%s) answers %d %.60s, order %d %.60s",
						ways[i], answer.status, answer.body.data,
						owner.status, owner.body.data);
			}
			http_answer_finish(&answer);
		}
	}
	http_answer_finish(&owner);
	return 0;
}

static int sample(struct databases *databases, struct sampling *sampling, const char *format,
	int count, store_row_fn *row)
{
	struct store *store = databases_store(databases, SERVICE_ORDER);
	char sql[1200];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(sql, sizeof(sql), format, count);
#pragma GCC diagnostic pop
	return store_scan(store, sql, row, sampling);
}

int answers_repeat(
	const struct options *options, struct databases *databases, struct report *report)
{
	struct sampling sampling = {
		.report = report, .gateway = http_client_create(options->gateway, 1)};
	int r;

	if (!sampling.gateway)
		return fault(FAULT_USAGE, "--gateway-url: '%s' is not http://host:port",
			options->gateway);
	r = sample(databases, &sampling, SAMPLE_KEYS, (int)options->samples, repeat_one);
	http_client_destroy(sampling.gateway);
	return r;
}

int answers_compare(
	const struct options *options, struct databases *databases, struct report *report)
{
	struct sampling sampling = {.report = report,
		.gateway = http_client_create(options->gateway, 1),
		.order = http_client_create(options->order_url, 1)};
	int r = 0;

	if (!sampling.gateway || !sampling.order)
		r = fault(FAULT_USAGE, "--gateway-url or --order-url is not http://host:port");
	else
		r = sample(databases, &sampling, SAMPLE_ORDERS, (int)options->samples, compare_one);
	http_client_destroy(sampling.gateway);
	http_client_destroy(sampling.order);
	return r;
}
