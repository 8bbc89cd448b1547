#include <base/fault.h>

#include "cluster.h"

int bus_topics_inspect(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, struct bus_topic_report *reports)
{
	int r;

	(void)bootstrap, (void)options, (void)timeout_ms;
	cluster_lock();
	r = fake_step(FAKE_ADMIN);
	for (size_t i = 0; topics[i].name && r == 0; i++) {
		const struct fake_topic *topic = cluster_topic(topics[i].name);

		reports[i] = (struct bus_topic_report){.state = BUS_TOPIC_MISSING};
		if (topic == NULL)
			continue;
		reports[i].partitions = topic->partitions;
		reports[i].state = topic->partitions == topics[i].partitions ? BUS_TOPIC_PRESENT
									     : BUS_TOPIC_DIFFERS;
	}
	cluster_unlock();
	return r;
}

int bus_topics_create(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, struct bus_topic_report *reports)
{
	int r = bus_topics_inspect(bootstrap, options, topics, timeout_ms, reports);

	if (r < 0)
		return r;
	cluster_lock();
	for (size_t i = 0; topics[i].name; i++) {
		if (reports[i].state != BUS_TOPIC_MISSING)
			continue;
		cluster_add_topic(topics[i].name, topics[i].partitions);
		reports[i] = (struct bus_topic_report){BUS_TOPIC_CREATED, topics[i].partitions};
	}
	cluster_unlock();
	return 0;
}

int bus_topics_ensure(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, int *ret_created)
{
	struct bus_topic_report reports[BUS_TOPICS_DECLARED_MAX];
	int created = 0;
	int r = bus_topics_create(bootstrap, options, topics, timeout_ms, reports);

	if (r < 0)
		return r;
	for (size_t i = 0; topics[i].name; i++) {
		if (reports[i].state == BUS_TOPIC_DIFFERS)
			return fault(FAULT_STATE, "topic %s has %d partitions, %d are declared",
				topics[i].name, reports[i].partitions, topics[i].partitions);
		created += reports[i].state == BUS_TOPIC_CREATED;
	}
	*ret_created = created;
	return 0;
}

/* Nothing is ever removed here. */
int bus_topics_kept(const char *bootstrap, const char *const *options, const char *const *names,
	int timeout_ms, int64_t *ret_kept_ms)
{
	int r;

	(void)bootstrap, (void)options, (void)timeout_ms;
	cluster_lock();
	r = fake_step(FAKE_ADMIN);
	for (size_t i = 0; names[i] && r == 0; i++) {
		if (cluster_topic(names[i]) == NULL)
			r = fault(FAULT_BUS_CONFIG, "topic %s: there is none", names[i]);
	}
	cluster_unlock();
	if (r == 0)
		*ret_kept_ms = INT64_MAX;
	return r;
}

int bus_ping(const char *bootstrap, const char *const *options, int timeout_ms)
{
	int r;

	(void)bootstrap, (void)options, (void)timeout_ms;
	cluster_lock();
	r = fake_step(FAKE_ADMIN);
	cluster_unlock();
	return r;
}
