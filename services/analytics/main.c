#include "analytics_sql.h"
#include "handle.h"
#include "service.h"

#include <runtime/answer.h>
#include <store/message.h>

int main(int argc, char **argv)
{
	const struct service service = {
		.name = "analytics",
		.purpose = "A read model of all events: orders, revenue, failures, time per step.",
		.needs_database = true,
		.needs_kafka = true,
		.migrations = analytics_migrations,
		.scripts = (const char *const[]){store_sql_message, runtime_sql_answer,
			sql_analytics, NULL},
		.handler = &analytics_handler,
		.routes = analytics_routes,
		.start = analytics_start,
		.stop = analytics_stop,
	};

	return service_main(&service, argc, argv);
}
