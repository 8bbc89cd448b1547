/*
 * The whole command, with a cluster that is played: what is asked, changed and answered
 * when it goes well, when somebody is in the group, and when the broker goes half way.
 */
#include "offsets.h"

#include <bus/cluster.h>
#include <testkit/testkit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PARTITIONS 2

/* ---- the cluster ---- */

static struct {
	int64_t committed[PARTITIONS];
	int groups_asked, members_until; /* members are there for so many questions */
	int moves_after;                 /* from this question on, partition 0 stands elsewhere */
	int refused_partition;           /* -1: none */
	int commit_fault, topics_fault, back_fault;
	int committed_asked, commits;
} world;

static char undo[512];

int bus_cluster_create(const struct bus_cluster_config *config, struct bus_cluster **ret_cluster)
{
	(void)config;
	*ret_cluster = (struct bus_cluster *)&world;
	return 0;
}

void bus_cluster_destroy(struct bus_cluster *cluster)
{
	(void)cluster;
}

int bus_cluster_topics(struct bus_cluster *cluster, struct arena *arena,
	struct bus_topic_size **ret_topics, size_t *ret_count)
{
	(void)cluster;
	if (world.topics_fault)
		return fault((enum fault)world.topics_fault, "nobody answers");
	*ret_topics = arena_array(arena, 1, sizeof(**ret_topics));
	(*ret_topics)[0] = (struct bus_topic_size){"t", PARTITIONS};
	*ret_count = 1;
	return 0;
}

static int fill(struct bus_position *positions, size_t count, int64_t offset)
{
	for (size_t i = 0; i < count; i++)
		positions[i].offset = offset;
	return 0;
}

int bus_cluster_starts(struct bus_cluster *cluster, struct bus_position *positions, size_t count)
{
	(void)cluster;
	return fill(positions, count, 10);
}

int bus_cluster_ends(struct bus_cluster *cluster, struct bus_position *positions, size_t count)
{
	(void)cluster;
	return fill(positions, count, 100);
}

int bus_cluster_at(struct bus_cluster *cluster, int64_t timestamp_ms,
	struct bus_position *positions, size_t count)
{
	(void)cluster;
	(void)timestamp_ms;
	return fill(positions, count, -1);
}

int bus_cluster_committed(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct bus_position **ret_positions, size_t *ret_count)
{
	(void)cluster;
	if (world.commits > 0 && world.back_fault)
		return fault((enum fault)world.back_fault, "nobody answers");
	world.committed_asked++;
	if (world.moves_after > 0 && world.committed_asked > world.moves_after)
		world.committed[0] = 61;
	*ret_count = strcmp(group, "payment") == 0 ? PARTITIONS : 0;
	*ret_positions = arena_array(arena, PARTITIONS, sizeof(**ret_positions));
	for (int32_t i = 0; i < PARTITIONS; i++)
		(*ret_positions)[i] = (struct bus_position){"t", i, world.committed[i], NULL};
	return 0;
}

int bus_cluster_commit(struct bus_cluster *cluster, const char *group,
	struct bus_position *positions, size_t count)
{
	bool refused = false;

	(void)cluster;
	(void)group;
	if (world.commit_fault)
		return fault((enum fault)world.commit_fault, "the commit failed");
	world.commits++;
	for (size_t i = 0; i < count; i++) {
		if (positions[i].partition == world.refused_partition)
			refused = true;
		else
			world.committed[positions[i].partition] = positions[i].offset;
	}
	return refused ? fault(FAULT_LIMIT, "not all were moved") : 0;
}

int bus_cluster_group(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct bus_group *ret_group)
{
	(void)cluster;
	*ret_group = (struct bus_group){.state = BUS_GROUP_EMPTY};
	if (strcmp(group, "payment") != 0)
		ret_group->state = BUS_GROUP_ABSENT;
	else if (world.groups_asked++ < world.members_until) {
		ret_group->state = BUS_GROUP_STABLE;
		ret_group->count = 1;
		ret_group->members = arena_array(arena, 1, sizeof(*ret_group->members));
		ret_group->members[0] = (struct bus_member){.id = "m", .host = "/h"};
	}
	return 0;
}

/* ---- the command ---- */

/* Runs "replay --group payment --all-topics --count-max 0 …" in silence. */
static int replay(const char *const *more)
{
	char *argv[24] = {"replay", "--group", "payment", "--count-max", "0", "--undo", undo};
	int argc = 7;

	for (; *more; more++)
		argv[argc++] = (char *)*more;
	snprintf(undo, sizeof(undo), "%s/undo.csv", testkit_directory());
	expect(freopen("/dev/null", "w", stdout) != NULL);
	return offsets_main(argc, argv);
}

#define REPLAY(...) replay((const char *const[]){__VA_ARGS__, NULL})
#define TO_EARLIEST "--all-topics", "--to-earliest"

static void begin(void)
{
	memset(&world, 0, sizeof(world));
	world.committed[0] = 60;
	world.committed[1] = 70;
	world.refused_partition = -1;
}

static void expect_unmoved(void)
{
	expect_int(world.commits, 0);
	expect(access(undo, F_OK) < 0);
}

TEST(a_dry_run_changes_nothing)
{
	begin();
	world.members_until = 100;
	expect_int(REPLAY(TO_EARLIEST), 0);
	expect_unmoved();
	expect_int(REPLAY(TO_EARLIEST, "--dry-run"), 0);
	expect_unmoved();
}

TEST(moves_and_leaves_a_file_to_undo_it)
{
	char text[64] = "";
	FILE *file;

	begin();
	expect_int(REPLAY(TO_EARLIEST, "--execute"), 0);
	expect_int(world.committed[0], 10);
	expect_int(world.committed[1], 10);
	file = fopen(undo, "re");
	expect(file != NULL);
	expect(fread(text, 1, sizeof(text) - 1, file) > 0);
	expect_text(text, "t,0,60\nt,1,70\n");
	fclose(file);
}

TEST(refuses_a_group_with_members)
{
	begin();
	world.members_until = 100;
	expect_int(REPLAY(TO_EARLIEST, "--execute"), 3);
	expect(strstr(fault_text(), "has 1 member: m (h)") != NULL);
	expect_unmoved();
}

TEST(waits_until_the_last_member_has_left)
{
	begin();
	world.members_until = 4;
	expect_int(REPLAY(TO_EARLIEST, "--execute", "--wait", "60"), 0);
	expect_int(world.committed[0], 10);
}

TEST(refuses_when_somebody_comes_or_reads_in_between)
{
	begin();
	world.moves_after = 2;
	expect_int(REPLAY(TO_EARLIEST, "--execute"), 3);
	expect(strstr(fault_text(), "60 to 61") != NULL);
	expect_unmoved();
	begin();
	world.commit_fault = FAULT_STATE;
	expect_int(REPLAY(TO_EARLIEST, "--execute"), 3);
	expect_unmoved();
}

TEST(says_4_when_only_a_part_was_moved)
{
	begin();
	world.refused_partition = 1;
	expect_int(REPLAY(TO_EARLIEST, "--execute"), 4);
	expect_int(world.committed[0], 10);
	expect_int(world.committed[1], 70);
	expect_int(access(undo, F_OK), 0);
}

TEST(says_5_when_the_broker_is_away)
{
	begin();
	world.topics_fault = FAULT_BUS;
	expect_int(REPLAY(TO_EARLIEST), 5);
	begin();
	world.commit_fault = FAULT_BUS;
	expect_int(REPLAY(TO_EARLIEST, "--execute"), 5);
	expect(strstr(fault_text(), "undo.csv") != NULL);
	/* It may have been moved. */
	expect_int(access(undo, F_OK), 0);
	unlink(undo);
	begin();
	world.back_fault = FAULT_BUS;
	expect_int(REPLAY(TO_EARLIEST, "--execute"), 5);
	expect_int(access(undo, F_OK), 0);
}

TEST(says_2_for_what_is_wrong)
{
	begin();
	expect_int(REPLAY("--to-earliest"), 2);
	expect_int(REPLAY("--all-topics"), 2);
	expect_int(REPLAY(TO_EARLIEST, "--no-such"), 2);
	expect_int(REPLAY(TO_EARLIEST, "--execute", "--dry-run"), 2);
	expect_int(REPLAY(TO_EARLIEST, "--output", "xml"), 2);
	expect_int(REPLAY("--all-topics", "--to-offset", "101", "--execute"), 2);
	expect_int(REPLAY("--topic", "u", "--to-earliest"), 2);
	expect_int(REPLAY("--topic", "t:2", "--to-earliest"), 2);
	expect_int(REPLAY(TO_EARLIEST, "--group", "nobody"), 2);
	expect_int(REPLAY("--all-topics", "--to-group", "nobody"), 2);
	expect_int(REPLAY("--from-file", "none.csv"), 2);
	expect_int(REPLAY(TO_EARLIEST, "something"), 2);
	expect_int(REPLAY("order"), 2);
	expect_int(REPLAY("order", "4711"), 2);
	expect_int(REPLAY("order", "0192f8c4-0000-7000-8000-000000000000", "--to-latest"), 2);
	expect_unmoved();
}

TEST(an_undo_file_that_cannot_be_written_stops_it)
{
	begin();
	expect_int(REPLAY(TO_EARLIEST, "--execute", "--undo", "/nowhere/at/all.csv"), 2);
	expect_unmoved();
}

TEST(clamps_when_told)
{
	begin();
	expect_int(REPLAY("--all-topics", "--to-offset", "101", "--force-clamp", "--execute"), 0);
	expect_int(world.committed[0], 100);
}

TESTS("replay offsets", TEST_CASE(a_dry_run_changes_nothing),
	TEST_CASE(moves_and_leaves_a_file_to_undo_it), TEST_CASE(refuses_a_group_with_members),
	TEST_CASE(waits_until_the_last_member_has_left),
	TEST_CASE(refuses_when_somebody_comes_or_reads_in_between),
	TEST_CASE(says_4_when_only_a_part_was_moved), TEST_CASE(says_5_when_the_broker_is_away),
	TEST_CASE(says_2_for_what_is_wrong),
	TEST_CASE(an_undo_file_that_cannot_be_written_stops_it), TEST_CASE(clamps_when_told))
