#include "api.h"
#include "handle.h"
#include "order_sql.h"
#include "service.h"
#include "tool.h"

#include <store/message.h>

int main(int argc, char **argv)
{
	const struct service service = {
		.name = "order",
		.purpose = "Owns orders and orchestrates their saga. --states prints it, "
			   "--rebuild ORDER_ID|all proves the history.",
		.settings = order_settings,
		.needs_database = true,
		.needs_kafka = true,
		.migrations = order_migrations,
		.scripts = (const char *const[]){store_sql_message, sql_order, sql_api, NULL},
		.slot = "relay_order",
		.handler = &order_handler,
		.routes = order_routes,
		.http_threads = 32,
		.start = order_service_start,
		.stop = order_service_stop,
		.sweep = (const char *const[]){"idempotency_forget", NULL},
	};

	if (order_tool_asked(argc, argv))
		return order_tool_main(argc, argv);
	return service_main(&service, argc, argv);
}
