/*
 * Groups whose members are processes: the guarantee across kills and rebalances, and the
 * zombie that it does not cover.
 */
#include "cases.h"
#include "members.h"
#include "readers.h"

#include <base/clock.h>
#include <base/fault.h>

#define MEMBERS 3
#define VICTIM 1
#define PAUSE_AFTER 3

static bool all_have_one(const struct members *members, int number)
{
	int ready = 0;

	for (size_t i = 0; i < members->count; i++)
		ready += members->processes[i].pid > 0 && members->processes[i].assigned == 1;
	return ready == number;
}

/* The member to be killed has done some of the first third, and has some in its hands. */
static bool victim_is_busy(const struct members *members, int messages)
{
	return members->processes[VICTIM].applied >= messages;
}

static bool all_applied(const struct members *members, int distinct)
{
	return members->distinct >= distinct;
}

static int send_numbers(struct stage *stage, const char *topic, int from, int until)
{
	return stage_send(stage, &(struct sending){.topic = topic, .from = from, .until = until});
}

/* Killed with its hands full, and another in its place at once. */
static int kill_one(struct members *members, struct scene *scene)
{
	int share = members->stage->plan.messages / 3 * (members->stage->plan.keys / MEMBERS);
	int r = members_await(
		members, victim_is_busy, share / 2, "the member to be killed was busy");

	if (r < 0)
		return r;
	members_kill(members, VICTIM);
	scene->history.focus_us = clock_monotonic_us();
	r = members_start(members, 0);
	return r < 0 ? r : 0;
}

static int play_holds(struct members *members, struct scene *scene)
{
	struct stage *stage = members->stage;
	int third = stage->plan.messages / 3, last = stage->plan.messages + 1, r = 0;

	for (int i = 0; r >= 0 && i < MEMBERS; i++)
		r = members_start(members, 0);
	if (r >= 0)
		r = members_await(members, all_have_one, MEMBERS, "each had a partition");
	if (r == 0)
		r = send_numbers(stage, members->topic, 1, third + 1);
	if (r == 0)
		r = kill_one(members, scene);
	if (r == 0)
		r = send_numbers(stage, members->topic, third + 1, 2 * third + 1);
	if (r == 0)
		r = members_await(members, all_applied, stage->plan.keys * 2 * third,
			"the others had taken over");
	if (r == 0)
		r = members_stop(members, 0);
	if (r == 0)
		r = send_numbers(stage, members->topic, 2 * third + 1, last);
	if (r == 0)
		r = members_await(members, all_applied, (int)stage->plan.count,
			"the others had taken over again");
	for (size_t i = 1; r == 0 && i < members->count; i++) {
		if (members->processes[i].pid > 0)
			r = members_stop(members, (int)i);
	}
	return r;
}

int case_holds(struct stage *stage, enum variant variant, struct scene *scene)
{
	struct members members = {
		.stage = stage, .history = &scene->history, .how = MEMBER_APPLIES};
	int r = stage_topic(stage, "events", PLAN_PARTITIONS, &members.topic);

	(void)variant;
	if (r == 0)
		r = stage_group(stage, &members.group);
	readers_name_lanes(&scene->history, PLAN_PARTITIONS);
	if (r == 0)
		r = play_holds(&members, scene);
	members_finish(&members);
	history_sort(&scene->history);
	return r;
}

static bool successor_is_done(const struct members *members, int messages)
{
	return members->processes[1].applied >= messages;
}

/* The first sleeps with a batch in hand until the second has done everything. */
static int play_zombie(struct members *members)
{
	struct stage *stage = members->stage;
	int r = stage_send(stage, &(struct sending){.topic = members->topic});

	if (r == 0)
		r = members_start(members, PAUSE_AFTER);
	if (r == 0)
		r = members_await_pause(members, 0);
	if (r == 0)
		r = members_start(members, 0);
	if (r > 0)
		r = members_await(members, successor_is_done, (int)stage->plan.count,
			"the second member had done everything");
	if (r == 0) {
		members_wake(members, 0);
		r = members_await_end(members, 0);
	}
	if (r == 0)
		r = members_stop(members, 1);
	/* Else "nothing stale" would say nothing about the fence. */
	if (r == 0 && members->how == MEMBER_TRANSACTS && members->processes[0].refused == 0)
		r = fault(FAULT_STATE, "the sleeper's transaction was not refused");
	return r;
}

/* A lane for each of the two: the log of effects has one partition. */
static void lanes_by_owner(struct history *history)
{
	history_lane(history, "the sleeper");
	history_lane(history, "its successor");
	for (size_t i = 0; i < history->count; i++)
		history->seen[i].lane = history->seen[i].owner == 2;
}

int case_zombie(struct stage *stage, enum variant variant, struct scene *scene)
{
	struct members members = {
		.stage = stage,
		.how = variant == VARIANT_BROKEN ? MEMBER_WRITES : MEMBER_TRANSACTS,
	};
	int r = stage_topic(stage, "events", PLAN_PARTITIONS, &members.topic);

	if (r == 0)
		r = stage_topic(stage, "effects", 1, &members.effects);
	if (r == 0)
		r = stage_group(stage, &members.group);
	if (r == 0)
		r = play_zombie(&members);
	members_finish(&members);
	if (r == 0)
		r = readers_parallel(
			stage, &(struct part){members.effects, 0, 1}, &scene->history, 0);
	lanes_by_owner(&scene->history);
	return r;
}
