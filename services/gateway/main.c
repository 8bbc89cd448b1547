#include "gateway.h"

int main(int argc, char **argv)
{
	const struct service service = {
		.name = "gateway",
		.purpose = "The HTTP edge: checks requests and forwards them, caches answers.",
		.settings = gateway_settings,
		.needs_kafka = true,
		.routes = gateway_routes,
		.http_threads = 64,
		.admit = gateway_admit,
		.start = gateway_start,
		.stop = gateway_stop,
		.run = gateway_run,
	};

	return service_main(&service, argc, argv);
}
