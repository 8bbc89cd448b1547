#include "access.h"

#include <base/fault.h>
#include <base/log.h>
#include <base/metrics.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define CLASSES 4 /* 2xx, 3xx, 4xx, 5xx */

struct access {
	const char *method, *pattern;
	char status_labels[CLASSES][128];
	char labels[96];
	struct metric requests[CLASSES];
	struct metric duration;
};

/* Metrics live as long as the process, so they are not a server's. */
static struct access table[HTTP_ROUTES_MAX];
static size_t table_count;
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

static void access_register(struct access *access)
{
	for (int i = 0; i < CLASSES; i++) {
		(void)snprintf(access->status_labels[i], sizeof(access->status_labels[i]),
			"method=\"%s\",route=\"%s\",status=\"%dxx\"", access->method,
			access->pattern, i + 2);
		access->requests[i] =
			(struct metric)METRIC(METRIC_COUNTER, "orderlab_http_requests_total",
				access->status_labels[i], "HTTP requests answered.");
		metric_register(&access->requests[i]);
	}
	(void)snprintf(access->labels, sizeof(access->labels), "method=\"%s\",route=\"%s\"",
		access->method, access->pattern);
	access->duration =
		(struct metric)METRIC(METRIC_HISTOGRAM, "orderlab_http_request_duration_seconds",
			access->labels, "From the whole head to the reply handed to the kernel.");
	metric_register(&access->duration);
}

static struct access *table_find(const char *method, const char *pattern)
{
	for (size_t i = 0; i < table_count; i++) {
		if (strcmp(table[i].method, method) == 0 && strcmp(table[i].pattern, pattern) == 0)
			return &table[i];
	}
	return NULL;
}

int access_prepare(const char *method, const char *pattern, struct access **ret_access)
{
	struct access *access;

	(void)pthread_mutex_lock(&table_lock);
	access = table_find(method, pattern);
	if (access == NULL && table_count < HTTP_ROUTES_MAX) {
		access = &table[table_count++];
		access->method = method;
		access->pattern = pattern;
		access_register(access);
	}
	(void)pthread_mutex_unlock(&table_lock);

	if (access == NULL)
		return fault(FAULT_LIMIT, "more than %d HTTP routes: %s %s", HTTP_ROUTES_MAX,
			method, pattern);
	*ret_access = access;
	return 0;
}

void access_record(const struct access_entry *entry)
{
	int class = entry->status / 100 - 2;

	if (class < 0 || class >= CLASSES)
		class = CLASSES - 1;
	metric_add(&entry->access->requests[class], 1);
	metric_observe_us(&entry->access->duration, entry->duration_us);
	log_write(entry->status >= 500 ? LOG_WARNING : LOG_DEBUG,
		LOG_FIELDS(LOG_TEXT("method", entry->request->method),
			LOG_TEXT("path", entry->request->path), LOG_TEXT("route", entry->route),
			LOG_NUMBER("status", entry->status), LOG_NUMBER("bytes", entry->size),
			LOG_NUMBER("duration_us", entry->duration_us),
			LOG_TEXT("request_id", entry->request->request_id)),
		"request");
}
