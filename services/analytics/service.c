#include "service.h"

#include "summary.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/fault.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define READERS 2
#define TAKE_TIMEOUT_MS 2000
#define ARENA_MAX (1u << 20)
#define TIME_SIZE 64

int analytics_start(struct runtime *runtime, void **ret_context)
{
	struct store_pool *pool = store_pool_create(runtime_store_config(runtime), READERS);

	if (!pool)
		return fault(FAULT_SYSTEM, "no memory for the connections");
	*ret_context = pool;
	return 0;
}

void analytics_stop(void *context)
{
	store_pool_destroy(context);
}

/* ---- the query: from=TIME&to=TIME ---- */

static bool unescape(const char *text, size_t size, char ret_text[static TIME_SIZE])
{
	size_t length = 0;

	for (size_t i = 0; i < size; i++) {
		char byte = text[i];

		if (byte == '%') {
			char digits[3] = {0};

			if (size - i < 3 || !isxdigit((unsigned char)text[i + 1]) ||
				!isxdigit((unsigned char)text[i + 2]))
				return false;
			memcpy(digits, &text[i + 1], 2);
			byte = (char)strtol(digits, NULL, 16);
			i += 2;
		}
		if (length == TIME_SIZE - 1 || byte == '\0')
			return false;
		ret_text[length++] = byte;
	}
	ret_text[length] = '\0';
	return true;
}

static bool take_parameter(const char *pair, size_t size, struct summary_window *window)
{
	int64_t *bound = strncmp(pair, "from=", 5) == 0 ? &window->from_us
		: strncmp(pair, "to=", 3) == 0          ? &window->to_us
							: NULL;
	const char *value = memchr(pair, '=', size);
	char text[TIME_SIZE];

	if (!bound || !value || *bound)
		return false;
	value++;
	return unescape(value, (size_t)(pair + size - value), text) &&
		clock_parse(text, strlen(text), bound) == 0 && *bound > 0;
}

/* False when there is anything in the query that is not understood. */
static bool read_window(const char *query, struct summary_window *ret_window)
{
	struct summary_window window = {0};

	while (query && *query) {
		size_t size = strcspn(query, "&");

		if (!take_parameter(query, size, &window))
			return false;
		query += size;
		query += *query == '&';
	}
	*ret_window = window;
	return !window.from_us || !window.to_us || window.from_us < window.to_us;
}

static int get_summary(void *context, const struct http_request *request, struct http_reply *reply)
{
	ARENA_CLEAN struct arena *arena = arena_create(ARENA_MAX);
	struct store_result *results[SUMMARY_RESULTS] = {0};
	struct summary_window window;
	struct store *store = NULL;
	int r;

	if (!read_window(request->query, &window)) {
		http_problem(reply, 400, "bad-window", "Bad window",
			"from and to are RFC 3339 times, from before to; nothing else is asked for",
			NULL);
		return 0;
	}
	r = store_pool_take(context, TAKE_TIMEOUT_MS, &store);
	if (r < 0)
		return r;
	summary_queue(store, arena, &window);
	r = store_run(store, results, SUMMARY_RESULTS);
	if (r == 0)
		r = summary_write(&reply->body, &window, results);
	store_results_free(results, SUMMARY_RESULTS);
	store_pool_give(context, store);
	return r;
}

const struct http_route analytics_routes[] = {
	{"GET", "/analytics/summary", get_summary},
	{0},
};
