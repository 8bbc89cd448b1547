/*
 * S9: dead letters are the poison that was put in, and no good message is among them.
 *
 * A message that its owner's outbox knows is good: no consumer may refuse it. The rest
 * was put in by somebody else; only who did so knows how many they were (@expected).
 */
#include "checks.h"

#include <base/fault.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void count_class(struct facts *facts, const char *name, size_t size)
{
	for (int i = 0; i < FACTS_CLASSES_MAX; i++) {
		struct dead_class *class = &facts->classes[i];

		if (class->count == 0)
			snprintf(class->name, sizeof(class->name), "%.*s", (int)size, name);
		if (strlen(class->name) == size && memcmp(class->name, name, size) == 0) {
			class->count++;
			return;
		}
	}
}

void feed_dead_letter(struct facts *facts, struct report *report, const struct dead_letter *letter)
{
	struct place origin = letter->origin;
	char topic[64];

	facts->dead_letters++;
	report_looked_at(report, S9, 1);
	count_class(facts, letter->class, letter->class_size);
	snprintf(topic, sizeof(topic), "dlq.%s", service_names[letter->service]);
	if (!letter->has_origin) {
		report_violation(report, S9, NULL,
			"%s[%d]@%" PRId64 " does not say where it came from", topic,
			letter->partition, letter->offset);
		return;
	}
	origin.services = (uint8_t)(1U << letter->service);
	places_add(&facts->dead, &origin);
}

/* Each place once to a service. */
static void check_twice(struct facts *facts, struct report *report)
{
	/* Sorts them. */
	(void)places_find(&facts->dead, 0, 0, 0);
	for (size_t i = 1; i < facts->dead.count; i++) {
		const struct place *one = &facts->dead.list[i - 1], *two = &facts->dead.list[i];

		if (one->topic == two->topic && one->partition == two->partition &&
			one->offset == two->offset && one->services == two->services &&
			!(facts->replayed & two->services))
			report_violation(report, S9,
				&(struct where){.topic = topic_names[two->topic],
					.partition = two->partition,
					.offset = two->offset},
				"is a dead letter of the same service twice");
	}
}

static void check_good(struct facts *facts, struct report *report)
{
	for (size_t i = 0; i < facts->events_count; i++) {
		const struct event_fact *event = &facts->events[i];
		struct where where = {.topic = topic_names[event->topic],
			.partition = event->partition,
			.offset = event->offset};
		char id[UUID_TEXT_SIZE];

		report_looked_at(report, S9, event->seen);
		if (!event->dead || event->rows == 0)
			continue;
		if (event->order != NO_ORDER)
			where.order = facts->orders[event->order].id;
		report_violation(report, S9, &where,
			"event %s came from its owner's outbox and is a dead letter",
			uuid_format(&event->id, id));
	}
}

static int64_t count_of(const struct facts *facts, const char *name, size_t size)
{
	for (int i = 0; i < FACTS_CLASSES_MAX; i++) {
		const struct dead_class *class = &facts->classes[i];

		if (class->count > 0 && strlen(class->name) == size &&
			memcmp(class->name, name, size) == 0)
			return class->count;
	}
	return 0;
}

/* "class=count,…": those classes, so often, and no other. */
static int check_expected(const struct facts *facts, struct report *report, const char *expected)
{
	int64_t sum = 0;

	while (*expected) {
		size_t size = strcspn(expected, "=,");
		char *end;
		int64_t wanted, got = count_of(facts, expected, size);

		if (expected[size] != '=')
			return fault(FAULT_USAGE, "--poison: '%s' is not class=count,…", expected);
		wanted = strtoll(expected + size + 1, &end, 10);
		if ((*end != ',' && *end != '\0') || wanted < 0)
			return fault(FAULT_USAGE, "--poison: '%s' is not class=count,…", expected);
		if (got != wanted)
			report_missing(report, S9, NULL,
				"%" PRId64 " dead letters of class %.*s, put in %" PRId64, got,
				(int)size, expected, wanted);
		sum += got;
		expected = end + (*end == ',');
	}
	if (sum < facts->dead_letters)
		report_missing(report, S9, NULL,
			"%" PRId64 " dead letters are of classes that were not put in",
			facts->dead_letters - sum);
	return 0;
}

int check_dead_letters(struct facts *facts, struct report *report, const char *expected)
{
	char words[REPORT_TEXT_MAX] = "";
	size_t used = 0;

	check_twice(facts, report);
	check_good(facts, report);
	for (int i = 0; i < FACTS_CLASSES_MAX && facts->classes[i].count > 0; i++) {
		if (used < sizeof(words))
			used += (size_t)snprintf(&words[used], sizeof(words) - used,
				"%s%s %" PRId64, i ? ", " : "", facts->classes[i].name,
				facts->classes[i].count);
	}
	if (facts->dead_letters > 0)
		report_note(report, S9, "by class: %s", words);
	return *expected ? check_expected(facts, report, expected) : 0;
}
