#include "handle.h"
#include "inventory_sql.h"
#include "service.h"

#include <runtime/answer.h>
#include <store/message.h>

int main(int argc, char **argv)
{
	const struct service service = {
		.name = "inventory",
		.purpose = "Stock and reservations, answered in Kafka transactions.",
		.settings = inventory_settings,
		.needs_database = true,
		.needs_kafka = true,
		.migrations = inventory_migrations,
		.scripts = (const char *const[]){store_sql_message, runtime_sql_answer,
			sql_inventory, NULL},
		.handler = &inventory_handler,
		.routes = inventory_routes,
		.start = inventory_start,
		.stop = inventory_stop,
	};

	return service_main(&service, argc, argv);
}
