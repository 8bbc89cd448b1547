/*
 * relay: an outbox, by way of the write-ahead log, into Kafka. Exactly once.
 */
#include "configuration.h"

#include <runtime/service.h>

static const struct service service = {
	.name = "relay",
	.purpose = "Publishes one service's outbox to Kafka, each row exactly once.",
	.settings = configuration_settings,
	.needs_database = true,
	.needs_kafka = true,
	.start = configuration_start,
	.stop = configuration_stop,
	.run = configuration_run,
	.ready = relay_ready,
};

int main(int argc, char **argv)
{
	return service_main(&service, argc, argv);
}
