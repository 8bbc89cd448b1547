#include "service.h"

#include "cancel.h"
#include "create.h"
#include "measure.h"
#include "sweep.h"

#include <base/clock.h>
#include <base/fault.h>

#define READERS 6
#define CREATE_BATCH_MAX 128
#define CREATE_QUEUE_MAX 512
#define ARENA_MAX (64u << 20)

static const char *seed_file;
static int64_t open_max, step_timeout_ms, pause_max_ms, asks_max;

struct order_policy order_policy;

const struct setting order_settings[] = {
	{"seed.file", SETTING_TEXT, &seed_file, NULL, 0, 0,
		"products with their prices; never changes what is there"},
	{"orders.open_max", SETTING_NUMBER, &open_max, "2000", 1, 1000000,
		"sagas under way before POST /orders answers 503"},
	{"saga.step_timeout_ms", SETTING_NUMBER, &step_timeout_ms, "30000", 50, 3600000,
		"milliseconds until a question to payment or inventory is asked again"},
	{"saga.asks_max", SETTING_NUMBER, &asks_max, "3", 1, 1000,
		"asks until the saga turns round; of a compensation, until it counts as stuck"},
	{"saga.pause_max_ms", SETTING_NUMBER, &pause_max_ms, "300000", 50, 86400000,
		"milliseconds up to which the pauses between asks for a compensation grow"},
	{0},
};

static void set_policy(void)
{
	order_policy = (struct order_policy){
		.step_timeout_us = step_timeout_ms * US_PER_MS,
		.pause_max_us = pause_max_ms * US_PER_MS,
		.asks_max = (int32_t)asks_max,
	};
}

static int open_service(struct order_service *service, struct runtime *runtime)
{
	const struct store_config *config = runtime_store_config(runtime);
	int r;

	set_policy();
	cancel_init();
	order_measure_init();
	service->open_max = open_max;
	service->store = store_create(config);
	service->pool = store_pool_create(config, READERS);
	if (!service->store || !service->pool)
		return fault(FAULT_SYSTEM, "no memory for the connections");
	r = catalogue_load(service, service->store, seed_file);
	if (r < 0)
		return r;
	r = sweeper_start(config, &service->sweeper);
	if (r < 0)
		return r;
	return intake_start(
		&(struct intake_config){
			.process = create_process,
			.context = service,
			.batch_max = CREATE_BATCH_MAX,
			.queue_max = CREATE_QUEUE_MAX,
		},
		&service->intake);
}

int order_service_start(struct runtime *runtime, void **ret_context)
{
	static struct order_service service;
	int r;

	service.arena = arena_create(ARENA_MAX);
	service.work = arena_create(ARENA_MAX);
	r = open_service(&service, runtime);
	if (r < 0)
		order_service_stop(&service);
	else
		*ret_context = &service;
	return r;
}

void order_service_stop(void *context)
{
	struct order_service *service = context;

	if (!service)
		return;
	intake_stop(service->intake);
	sweeper_stop(service->sweeper);
	store_pool_destroy(service->pool);
	store_destroy(service->store);
	arena_destroy(service->work);
	arena_destroy(service->arena);
	*service = (struct order_service){0};
}
