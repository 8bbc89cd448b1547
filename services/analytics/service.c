#include "service.h"

#include "summary.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/fault.h>
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

/* ---- GET /analytics/summary?from=TIME&to=TIME ---- */

/* FAULT_INPUT in words for the client. */
static int read_bound(const struct http_request *request, const char *name, int64_t *ret_at_us)
{
	char text[TIME_SIZE];
	int r = http_query_get(request, name, text, sizeof(text));

	if (r != 0)
		return r < 0 ? r : 0;
	r = clock_parse(text, strlen(text), ret_at_us);
	if (r == 0 && *ret_at_us <= 0)
		r = fault(FAULT_INPUT, "%s is before 1970", name);
	return r;
}

static int read_window(const struct http_request *request, struct summary_window *ret_window)
{
	int r = http_query_check(request, (const char *const[]){"from", "to", NULL});

	if (r == 0)
		r = read_bound(request, "from", &ret_window->from_us);
	if (r == 0)
		r = read_bound(request, "to", &ret_window->to_us);
	if (r == 0 && ret_window->to_us && ret_window->from_us >= ret_window->to_us)
		r = fault(FAULT_INPUT, "from is not before to");
	return r;
}

static int get_summary(void *context, const struct http_request *request, struct http_reply *reply)
{
	ARENA_CLEAN struct arena *arena = arena_create(ARENA_MAX);
	struct store_result *results[SUMMARY_RESULTS] = {0};
	struct summary_window window = {0};
	struct store *store = NULL;
	int r;

	r = read_window(request, &window);
	if (r < 0) {
		http_problem(reply, 400, "bad-query", "Query not understood", fault_text(), NULL);
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
