#include "sample_look.h"

#include <stdlib.h>

#define AT_US INT64_C(1764100000000000)
#define AT_MS (AT_US / 1000)

static struct look_group groups[] = {
	{"pay", BUS_GROUP_STABLE, 1, 2},
	{"quo\"te", BUS_GROUP_EMPTY, 0, 4},
	{"nobody", BUS_GROUP_ABSENT, 0, 0},
};

static const struct bus_position starts[] = {{"t", 0, 0, NULL}, {"t", 1, 70, NULL}};
static const struct bus_position ends[] = {{"t", 0, 100, NULL}, {"t", 1, 100, NULL}};
static struct look_topic topics[] = {{"t", 2, starts, ends}};

static struct place places[] = {
	/* Behind by 60 for 2.5 s, and catching up. */
	{.group = "pay",
		.topic = "t",
		.partition = 0,
		.committed = 40,
		.start = 0,
		.end = 100,
		.first_ms = AT_MS - 2500,
		.owner = PLACE_OWNED,
		.member = "pay-1",
		.host = "/h",
		.status = STATUS_OK,
		.rates = {true, 10000, 25040, -15040, 4000}},
	/* No commit yet. */
	{.group = "pay",
		.topic = "t",
		.partition = 1,
		.committed = PLACE_UNKNOWN,
		.start = 70,
		.end = 100,
		.first_ms = PLACE_UNKNOWN,
		.owner = PLACE_OWNED,
		.member = "pay-1",
		.host = "/h"},
	/* Beyond the end. */
	{.group = "quo\"te",
		.topic = "t",
		.partition = 0,
		.committed = 5000,
		.start = 0,
		.end = 100,
		.first_ms = PLACE_UNKNOWN,
		.owner = PLACE_UNOWNED,
		.status = STATUS_OK},
	/* Some were lost, the others wait unread. */
	{.group = "quo\"te",
		.topic = "t",
		.partition = 1,
		.committed = 40,
		.start = 70,
		.end = 100,
		.first_ms = PLACE_UNKNOWN,
		.owner = PLACE_UNOWNED,
		.status = STATUS_STOP,
		.rates = {true, 1000, 0, 1000, PLACE_UNKNOWN}},
	/* Only markers. */
	{.group = "quo\"te",
		.topic = "u",
		.partition = 0,
		.committed = 9,
		.start = 0,
		.end = 10,
		.first_ms = PLACE_UNKNOWN,
		.only_markers = true,
		.owner = PLACE_UNOWNED,
		.status = STATUS_OK},
	/* Not there. */
	{.group = "quo\"te",
		.topic = "v",
		.partition = 7,
		.committed = 9,
		.start = PLACE_UNKNOWN,
		.end = PLACE_UNKNOWN,
		.first_ms = PLACE_UNKNOWN,
		.owner = PLACE_UNOWNED},
};
#define PLACES (sizeof(places) / sizeof(places[0]))

const struct look *sample_look(void)
{
	static struct look look = {.at_us = AT_US,
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.topics = topics,
		.topic_count = 1,
		.places = places,
		.count = PLACES};

	for (size_t i = 0; i < PLACES; i++)
		place_measure(&places[i], AT_MS);
	return &look;
}
