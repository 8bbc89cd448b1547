#include "service.h"

#include "handle.h"
#include "mail.h"
#include "store.h"

#include <base/fault.h>
#include <base/log.h>

#define READERS 2
#define ARENA_MAX (1u << 20)

static const char *smtp_url, *domain;
static int64_t senders, timeout_ms, attempts_max, retry_first_ms, retry_pause_max_ms;

/* clang-format off */
const struct setting notification_settings[] = {
	{"smtp.url", SETTING_TEXT, &smtp_url, "", 0, 0, "smtp://host:port of the mail server; empty: deliveries are simulated"},
	{"smtp.timeout_ms", SETTING_NUMBER, &timeout_ms, "10000", 100, 600000, "ms for one mail"},
	{"notification.domain", SETTING_TEXT, &domain, "customers.example", 0, 0, "customers are written to at customerId@ this"},
	{"notification.senders", SETTING_NUMBER, &senders, "2", 1, 16, "mails sent at once"},
	{"notification.attempts_max", SETTING_NUMBER, &attempts_max, "30", 1, 1000, "attempts before a notification is Failed"},
	{"notification.retry_first_ms", SETTING_NUMBER, &retry_first_ms, "1000", 1, 3600000, "ms before the second attempt; doubles from then on"},
	{"notification.retry_pause_max_ms", SETTING_NUMBER, &retry_pause_max_ms, "900000", 1, 86400000, "ms between two attempts at most"},
	{0},
};
/* clang-format on */

static int load_templates(struct notification_service *service, const struct store_config *config)
{
	struct store *store = store_create(config);
	int r = store_ready(store);

	if (r == 0)
		r = notification_store_templates(store, service->arena, &service->templates);
	store_destroy(store);
	if (r == 0)
		notification_handler_use(&service->templates);
	return r;
}

static int check_settings(void)
{
	if (mail_check_domain(domain) < 0)
		return fault(FAULT_USAGE, "notification.domain: %s is no domain", domain);
	if (retry_pause_max_ms < retry_first_ms)
		return fault(FAULT_USAGE,
			"notification.retry_pause_max_ms is less than notification.retry_first_ms");
	return 0;
}

static int open_service(struct notification_service *service, const struct store_config *config)
{
	int r = check_settings();

	if (r == 0)
		r = load_templates(service, config);
	if (r < 0)
		return r;
	service->pool = store_pool_create(config, READERS);
	if (!service->pool)
		return fault(FAULT_SYSTEM, "no memory for the connections");
	log_info("deliveries", LOG_TEXT("by", *smtp_url ? smtp_url : "nobody: they are simulated"),
		LOG_TEXT("domain", domain));
	return delivery_start(
		&(struct delivery_config){
			.store = config,
			.smtp_url = *smtp_url ? smtp_url : NULL,
			.domain = domain,
			.senders = (int)senders,
			.timeout_ms = (int)timeout_ms,
			.attempts_max = (int)attempts_max,
			.retry_first_ms = retry_first_ms,
			.retry_pause_max_ms = retry_pause_max_ms,
		},
		&service->delivery);
}

int notification_start(struct runtime *runtime, void **ret_context)
{
	static struct notification_service service;
	int r;

	service.arena = arena_create(ARENA_MAX);
	r = open_service(&service, runtime_store_config(runtime));
	if (r < 0)
		notification_stop(&service);
	else
		*ret_context = &service;
	return r;
}

void notification_stop(void *context)
{
	struct notification_service *service = context;

	if (!service)
		return;
	delivery_stop(service->delivery);
	store_pool_destroy(service->pool);
	arena_destroy(service->arena);
	*service = (struct notification_service){0};
}
