#include "serve.h"
#include "exporter.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/metrics.h>
#include <http/server.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define LISTEN_SIZE 256

/* clang-format off */
static struct metric looks_ok = METRIC(METRIC_COUNTER, "orderlab_lag_looks_total", "outcome=\"ok\"",
	"Looks at the cluster");
static struct metric looks_failed = METRIC(METRIC_COUNTER, "orderlab_lag_looks_total", "outcome=\"failed\"",
	"Looks at the cluster");
/* clang-format on */

/* What the latest look saw; empty when it failed. */
struct page {
	pthread_mutex_t lock;
	struct buffer text;
	struct buffer trouble; /* why there is none, in words */
};

static void page_write(void *context, struct buffer *out)
{
	struct page *page = context;

	pthread_mutex_lock(&page->lock);
	buffer_add(out, page->text.data, page->text.size);
	pthread_mutex_unlock(&page->lock);
}

static int page_ready(void *context)
{
	struct page *page = context;
	int r = 0;

	pthread_mutex_lock(&page->lock);
	if (page->text.size == 0)
		r = fault(FAULT_BUS, "%s",
			page->trouble.size > 0 ? page->trouble.data : "no look was taken yet");
	pthread_mutex_unlock(&page->lock);
	return r;
}

/* True when the last one could be made, too. */
static bool page_update(struct page *page, struct survey *survey)
{
	const struct look *look;
	int r = survey_look(survey, &look);

	pthread_mutex_lock(&page->lock);
	buffer_reset(&page->text);
	buffer_reset(&page->trouble);
	if (r == 0)
		exporter_write(look, &page->text);
	else
		buffer_add_text(&page->trouble, fault_text());
	pthread_mutex_unlock(&page->lock);
	metric_add(r == 0 ? &looks_ok : &looks_failed, 1);
	return r == 0;
}

bool serve_pause(const sigset_t *ends, int64_t us)
{
	const struct timespec time = {.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * 1000};

	return us > 0 && sigtimedwait(ends, NULL, &time) > 0;
}

static int listen_at(
	const struct serve_config *config, struct page *page, struct http_server **ret_server)
{
	static const struct http_route routes[] = {{NULL}};
	char listen[LISTEN_SIZE];

	snprintf(listen, sizeof(listen), "%s%s", *config->listen == ':' ? "127.0.0.1" : "",
		config->listen);
	return http_server_start(
		&(struct http_server_config){
			.listen = listen,
			.threads = THREADS,
			.routes = routes,
			.ready = page_ready,
			.ready_context = page,
		},
		ret_server);
}

static void serve_looks(const struct serve_config *config, struct survey *survey, struct page *page)
{
	bool well = true, was_well;

	do {
		was_well = well;
		well = page_update(page, survey);
		/* Said once, not at every look. */
		if (!well && was_well)
			log_warning("cannot look", LOG_TEXT("detail", fault_text()));
		if (well && !was_well)
			log_warning("can look again");
	} while (!serve_pause(config->ends, config->interval_us));
}

int serve_run(const struct serve_config *config, struct survey *survey)
{
	struct page page = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct http_server *server;
	int r;

	buffer_init(&page.text, HTTP_REPLY_MAX / 2);
	buffer_init(&page.trouble, 0);
	metric_register(&looks_ok);
	metric_register(&looks_failed);
	r = listen_at(config, &page, &server);
	if (r == 0) {
		metrics_source(page_write, &page);
		fprintf(stderr, "lag: serving /metrics at port %d\n", http_server_port(server));
		serve_looks(config, survey, &page);
		http_server_stop(server);
		metrics_source(NULL, NULL);
	}
	buffer_finish(&page.text);
	buffer_finish(&page.trouble);
	return r;
}
