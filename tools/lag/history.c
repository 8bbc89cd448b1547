#include "history.h"

#include <base/clock.h>
#include <base/fault.h>
#include <stdlib.h>
#include <string.h>

struct track {
	char *group, *topic;
	int32_t partition;
	struct sample samples[HISTORY_SAMPLES_MAX];
	size_t count;
};

struct history {
	int64_t window_us;
	struct track **tracks;
	size_t count, capacity;
};

/* The latest step back, unless what was committed has come to where it was before. */
static bool is_rewound(const struct sample *samples, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		if (samples[i].committed < samples[i - 1].committed)
			return samples[count - 1].committed < samples[i - 1].committed;
	}
	return false;
}

static bool was_drained(const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (samples[i].lag == 0)
			return true;
	}
	return false;
}

static bool has_fallen(const struct sample *samples, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (samples[i].lag < samples[i - 1].lag)
			return true;
	}
	return false;
}

enum status status_judge(
	const struct sample *samples, size_t count, enum place_owner owner, int64_t window_us)
{
	const struct sample *first = &samples[0], *last = &samples[count - 1];
	bool whole = window_us > 0 && last->at_us - first->at_us >= window_us;

	if (last->lag < 0)
		return STATUS_NONE;
	if (last->lag == 0)
		return STATUS_OK;
	if (is_rewound(samples, count))
		return STATUS_REWIND;
	if (owner == PLACE_UNOWNED && (count == 1 || last[-1].committed == last->committed))
		return STATUS_STOP;
	if (was_drained(samples, count))
		return STATUS_OK;
	if (whole && first->committed == last->committed)
		return STATUS_STALL;
	if (has_fallen(samples, count))
		return STATUS_OK;
	return whole ? STATUS_WARN : STATUS_NONE;
}

static int64_t rate_milli(int64_t first, int64_t last, int64_t span_us)
{
	return (last - first) * 1000 * US_PER_S / span_us;
}

struct place_rates rates_of(const struct sample *samples, size_t count)
{
	const struct sample *first = &samples[0], *last = &samples[count - 1];
	int64_t span_us = last->at_us - first->at_us;
	struct place_rates rates = {.catch_up_ms = PLACE_UNKNOWN};

	if (span_us <= 0 || first->lag < 0 || last->lag < 0)
		return rates;
	rates.known = true;
	rates.in_milli = rate_milli(first->end, last->end, span_us);
	rates.out_milli = rate_milli(first->committed, last->committed, span_us);
	rates.trend_milli = rate_milli(first->lag, last->lag, span_us);
	if (last->lag == 0)
		rates.catch_up_ms = 0;
	else if (rates.trend_milli < 0)
		rates.catch_up_ms = last->lag * 1000 * 1000 / -rates.trend_milli;
	return rates;
}

struct history *history_create(int64_t window_us)
{
	struct history *history = calloc(1, sizeof(*history));

	if (history)
		history->window_us = window_us;
	return history;
}

void history_destroy(struct history *history)
{
	if (history == NULL)
		return;
	for (size_t i = 0; i < history->count; i++) {
		free(history->tracks[i]->group);
		free(history->tracks[i]->topic);
		free(history->tracks[i]);
	}
	free(history->tracks);
	free(history);
}

static int track_compare(const struct track *track, const struct place *place)
{
	const struct place known = {
		.group = track->group, .topic = track->topic, .partition = track->partition};

	return place_compare(&known, place);
}

/* Where the place's track is, or would be put: they are in the order of places. */
static size_t track_find(const struct history *history, const struct place *place)
{
	size_t low = 0, high = history->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (track_compare(history->tracks[middle], place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool track_is_at(const struct history *history, size_t at, const struct place *place)
{
	return at < history->count && track_compare(history->tracks[at], place) == 0;
}

static int track_insert(struct history *history, size_t at, const struct place *place)
{
	struct track *track;

	if (history->count == HISTORY_PLACES_MAX)
		return fault(
			FAULT_LIMIT, "more than %d partitions to remember", HISTORY_PLACES_MAX);
	if (history->count == history->capacity) {
		size_t capacity = history->capacity ? history->capacity * 2 : 64;
		struct track **tracks =
			reallocarray(history->tracks, capacity, sizeof(struct track *));

		if (tracks == NULL)
			return fault(FAULT_SYSTEM, "out of memory");
		history->tracks = tracks;
		history->capacity = capacity;
	}
	track = calloc(1, sizeof(*track));
	if (track) {
		track->group = strdup(place->group);
		track->topic = strdup(place->topic);
		track->partition = place->partition;
	}
	if (!track || !track->group || !track->topic) {
		free(track ? track->group : NULL);
		free(track ? track->topic : NULL);
		free(track);
		return fault(FAULT_SYSTEM, "out of memory");
	}
	memmove(&history->tracks[at + 1], &history->tracks[at],
		(history->count - at) * sizeof(struct track *));
	history->tracks[at] = track;
	history->count++;
	return 0;
}

/* The oldest one kept is the youngest that is at least a window old. */
static void track_forget(struct track *track, int64_t before_us)
{
	size_t old = 0;

	while (old + 1 < track->count && track->samples[old + 1].at_us <= before_us)
		old++;
	if (old == 0 && track->count == HISTORY_SAMPLES_MAX)
		old = 1;
	track->count -= old;
	memmove(track->samples, &track->samples[old], track->count * sizeof(track->samples[0]));
}

void history_recall(const struct history *history, struct place *place)
{
	size_t at = track_find(history, place);
	const struct sample *last;

	if (!track_is_at(history, at, place) || history->tracks[at]->count == 0)
		return;
	last = &history->tracks[at]->samples[history->tracks[at]->count - 1];
	/* The log's start may have passed it. */
	if (last->committed != place->committed || place->committed < place->start)
		return;
	if (last->lag > 0)
		place->first_ms = last->first_ms;
	if (last->end == place->end)
		place->only_markers = last->only_markers;
}

int history_take(struct history *history, struct place *place, int64_t now_us)
{
	size_t at = track_find(history, place);
	struct track *track;

	if (!track_is_at(history, at, place)) {
		int r = track_insert(history, at, place);
		if (r < 0)
			return r;
	}
	track = history->tracks[at];
	track_forget(track, now_us - history->window_us);
	track->samples[track->count++] = (struct sample){
		.at_us = now_us,
		.committed = place->committed,
		.lag = place->lag,
		.end = place->end,
		.first_ms = place->first_ms,
		.only_markers = place->only_markers,
	};
	place->status =
		status_judge(track->samples, track->count, place->owner, history->window_us);
	place->rates = rates_of(track->samples, track->count);
	return 0;
}
