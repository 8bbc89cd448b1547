#include "handle.h"
#include "payment_sql.h"
#include "service.h"

#include <runtime/service.h>
#include <store/message.h>

int main(int argc, char **argv)
{
	const struct service service = {
		.name = "payment",
		.purpose = "Charges and refunds through a simulated provider, once each.",
		.settings = payment_settings,
		.needs_database = true,
		.needs_kafka = true,
		.migrations = payment_migrations,
		.scripts = (const char *const[]){store_sql_message, sql_payment, NULL},
		.slot = "relay_payment",
		.handler = &payment_handler,
		.start = payment_start,
		.stop = payment_stop,
	};

	return service_main(&service, argc, argv);
}
