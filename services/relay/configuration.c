/*
 * The sources that there are, with the topics each of them owns.
 */
#include "configuration.h"

#include <base/fault.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *source, *slot, *publication, *topics_text;
static int64_t batch_events_max, batch_kbytes_max, batch_ms_max, crowd_pause_ms, idle_ms,
	slot_wait_ms_max;
static int64_t transaction_timeout_ms, lanes;
static bool adopt;

/* clang-format off */
const struct setting configuration_settings[] = {
	{"relay.source", SETTING_TEXT, &source, NULL, 0, 0, "whose outbox: order or payment (any name with relay.topics)"},
	{"relay.topics", SETTING_TEXT, &topics_text, "", 0, 0, "topics its rows may name, by commas; empty: those the source owns"},
	{"relay.slot", SETTING_TEXT, &slot, "", 0, 0, "replication slot; empty: relay_SOURCE"},
	{"relay.publication", SETTING_TEXT, &publication, "outbox", 0, 0, "publication of the outbox"},
	{"relay.batch.events_max", SETTING_NUMBER, &batch_events_max, "10000", 1, 1000000, "events of one Kafka transaction; passed only to end a PostgreSQL transaction"},
	{"relay.batch.kbytes_max", SETTING_NUMBER, &batch_kbytes_max, "4096", 1, 1048576, "kilobytes of one Kafka transaction, as above"},
	{"relay.batch.ms_max", SETTING_NUMBER, &batch_ms_max, "500", 1, 60000, "milliseconds until one Kafka transaction is committed, as above"},
	{"relay.crowd.pause_ms", SETTING_NUMBER, &crowd_pause_ms, "20", 0, 1000, "milliseconds in which events gather after a batch of many that is no backlog; 0: never"},
	{"relay.idle_ms", SETTING_NUMBER, &idle_ms, "10000", 100, 3600000, "milliseconds between moves of the position while nothing happens"},
	{"relay.slot_wait_ms_max", SETTING_NUMBER, &slot_wait_ms_max, "180000", 0, 3600000, "milliseconds to wait for another reader of the slot to leave"},
	{"relay.transaction_timeout_ms", SETTING_NUMBER, &transaction_timeout_ms, "15000", 10000, 60000, "milliseconds after which Kafka aborts a transaction of a relay that died"},
	{"relay.lanes", SETTING_NUMBER, &lanes, "2", 1, BUS_LANES_MAX, "producers that take turns"},
	{"relay.adopt", SETTING_FLAG, &adopt, "false", 0, 0, "take the slot's position for Kafka's and leave: after a refusal, once, by a person"},
	{0},
};
/* clang-format on */

struct known_source {
	const char *name;
	const char *topics;
};

static const struct known_source sources[] = {
	{"order", "order.events,payment.requests,inventory.requests"},
	{"payment", "payment.events"},
};

static struct relay_config config;
static const char *topics[BUS_TOPICS_MAX + 1];
static char slot_name[64];

static int split_topics(void)
{
	const char *text = topics_text;
	size_t count = 0;
	char *rest;

	for (size_t i = 0; !*text && i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(sources[i].name, source) == 0)
			text = sources[i].topics;
	if (!*text)
		return fault(FAULT_USAGE, "relay.source: \"%s\" is none of order, payment", source);
	/* Lives as long as the process. */
	rest = strdup(text);
	if (!rest)
		return fault(FAULT_SYSTEM, "no memory for relay.topics");
	for (char *topic = strsep(&rest, ","); topic; topic = strsep(&rest, ",")) {
		if (count == BUS_TOPICS_MAX)
			return fault(FAULT_USAGE, "relay.topics: more than %d", BUS_TOPICS_MAX);
		if (*topic)
			topics[count++] = topic;
	}
	return 0;
}

static int name_slot(void)
{
	int size = *slot ? snprintf(slot_name, sizeof(slot_name), "%s", slot)
			 : snprintf(slot_name, sizeof(slot_name), "relay_%s", source);

	if (size >= (int)sizeof(slot_name))
		return fault(FAULT_USAGE, "relay.slot: longer than %zu", sizeof(slot_name) - 1);
	return 0;
}

int configuration_start(struct runtime *runtime, void **ret_relay)
{
	int r = split_topics();

	if (r == 0)
		r = name_slot();
	if (r < 0)
		return r;
	config = (struct relay_config){
		.source = source,
		.slot = slot_name,
		.publication = publication,
		.topics = topics,
		.bootstrap = runtime_bootstrap(runtime),
		.bus_options = runtime_bus_options(runtime),
		.store = runtime_store_config(runtime),
		.batch_events_max = batch_events_max,
		.batch_bytes_max = batch_kbytes_max * 1024,
		.batch_ms_max = batch_ms_max,
		.crowd_pause_ms = crowd_pause_ms,
		.idle_ms = idle_ms,
		.slot_wait_ms_max = slot_wait_ms_max,
		.transaction_timeout_ms = (int)transaction_timeout_ms,
		.lanes = (int)lanes,
	};
	*ret_relay = relay_create(&config);
	return *ret_relay ? 0 : fault(FAULT_SYSTEM, "no memory for the relay");
}

void configuration_stop(void *relay)
{
	relay_destroy(relay);
}

int configuration_run(struct runtime *runtime, void *relay)
{
	char why[512];
	int r;

	(void)runtime;
	r = adopt ? relay_adopt(relay) : relay_run(relay);
	if (r == RELAY_FENCED)
		return fault(FAULT_STATE, "another relay of source %s has taken over", source);
	/* To service_main() a FAULT_STATE means fenced; this one is for a person. */
	if (r == FAULT_STATE) {
		snprintf(why, sizeof(why), "%s", fault_text());
		return fault(FAULT_DB_CONFIG, "%s", why);
	}
	return r;
}
