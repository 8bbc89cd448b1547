#include "checker.h"

#include <base/fault.h>
#include <stdbool.h>
#include <stdlib.h>

/* What is known of a key so far. */
struct progress {
	int highest;
	int owner; /* the latest of those who wrote it */
};

struct checker {
	const struct checker_rule *rule;
	struct progress *keys;
	bool *seen; /* key × number, where numbers have a bound */
};

static bool is_known(const struct checker_rule *rule, const struct observation *observation)
{
	return observation->key >= 0 && observation->key < rule->keys &&
		observation->sequence >= 1 &&
		(rule->messages == 0 || observation->sequence <= rule->messages) &&
		observation->owner >= 0;
}

static bool *seen_of(struct checker *checker, const struct observation *observation)
{
	return &checker->seen[(size_t)observation->key * (size_t)checker->rule->messages +
		(size_t)(observation->sequence - 1)];
}

/* True when a later owner has written the key already. */
static bool is_stale(struct progress *progress, int owner)
{
	if (owner == 0 || owner >= progress->owner) {
		progress->owner = owner > 0 ? owner : progress->owner;
		return false;
	}
	return true;
}

static bool was_seen(struct checker *checker, const struct observation *observation)
{
	bool *seen;

	/* Without a bound only the latest number is remembered. */
	if (checker->rule->messages == 0)
		return observation->sequence == checker->keys[observation->key].highest;
	seen = seen_of(checker, observation);
	if (*seen)
		return true;
	*seen = true;
	return false;
}

static enum mark judge(struct checker *checker, const struct observation *observation)
{
	struct progress *progress = &checker->keys[observation->key];
	bool stale = is_stale(progress, observation->owner);
	bool again = was_seen(checker, observation);
	bool late = observation->sequence < progress->highest;

	if (observation->sequence > progress->highest)
		progress->highest = observation->sequence;
	if (stale)
		return MARK_STALE;
	if (again)
		return MARK_AGAIN;
	return late ? MARK_LATE : MARK_FINE;
}

static void count(const struct observation *observation, struct counts *counts)
{
	counts->messages++;
	counts->late += observation->mark == MARK_LATE;
	counts->again += observation->mark == MARK_AGAIN;
	counts->stale += observation->mark == MARK_STALE;
}

static void count_keys(const struct checker *checker, struct counts *counts)
{
	const struct checker_rule *rule = checker->rule;

	for (int key = 0; key < rule->keys; key++)
		counts->keys += checker->keys[key].highest > 0;
	for (size_t i = 0; i < (size_t)rule->keys * (size_t)rule->messages; i++)
		counts->lost += !checker->seen[i];
}

static int judge_all(struct checker *checker, struct history *history, struct counts *ret_counts)
{
	struct counts counts = {0};

	for (size_t i = 0; i < history->count; i++) {
		struct observation *observation = &history->seen[i];

		if (!is_known(checker->rule, observation))
			return fault(FAULT_INPUT, "observation %zu is of key %d, number %d", i,
				observation->key, observation->sequence);
		observation->mark = judge(checker, observation);
		count(observation, &counts);
	}
	count_keys(checker, &counts);
	*ret_counts = counts;
	return 0;
}

int checker_judge(
	struct history *history, const struct checker_rule *rule, struct counts *ret_counts)
{
	struct checker checker = {
		.rule = rule,
		.keys = calloc((size_t)rule->keys + 1, sizeof(*checker.keys)),
		.seen = calloc((size_t)rule->keys * (size_t)rule->messages + 1, sizeof(bool)),
	};
	int r;

	if (checker.keys && checker.seen)
		r = judge_all(&checker, history, ret_counts);
	else
		r = fault(FAULT_SYSTEM, "no memory for %d keys", rule->keys);
	free(checker.keys);
	free(checker.seen);
	return r;
}

int64_t counts_violations(const struct counts *counts)
{
	return counts->late + counts->stale + counts->lost;
}
