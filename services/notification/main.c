#include "api.h"
#include "handle.h"
#include "notification_sql.h"
#include "service.h"

#include <store/message.h>

int main(int argc, char **argv)
{
	const struct service service = {
		.name = "notification",
		.purpose = "Tells customers what became of their orders; best effort.",
		.settings = notification_settings,
		.needs_database = true,
		.needs_kafka = true,
		.migrations = notification_migrations,
		.scripts = (const char *const[]){store_sql_message, sql_notification, sql_delivery,
			sql_forget, NULL},
		.sweep =
			(const char *const[]){"notification_forget", "customer_order_forget", NULL},
		.handler = &notification_handler,
		.routes = notification_routes,
		.start = notification_start,
		.stop = notification_stop,
	};

	return service_main(&service, argc, argv);
}
