#include "history.h"

#include <assert.h>
#include <base/fault.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 256

void history_init(struct history *history)
{
	*history = (struct history){0};
	pthread_mutex_init(&history->mutex, NULL);
}

void history_finish(struct history *history)
{
	free(history->seen);
	pthread_mutex_destroy(&history->mutex);
}

static int grow(struct history *history)
{
	size_t capacity = history->capacity > 0 ? history->capacity * 2 : CAPACITY_MIN;
	struct observation *seen;

	if (history->count >= HISTORY_MAX)
		return fault(FAULT_LIMIT, "more than %d messages: ask for fewer", HISTORY_MAX);
	seen = reallocarray(history->seen, capacity, sizeof(*seen));
	if (seen == NULL)
		return fault(FAULT_SYSTEM, "no memory for %zu messages", capacity);
	history->seen = seen;
	history->capacity = capacity;
	return 0;
}

int history_add(struct history *history, struct observation observation)
{
	int r = 0;

	pthread_mutex_lock(&history->mutex);
	if (history->count == history->capacity)
		r = grow(history);
	if (r == 0)
		history->seen[history->count++] = observation;
	pthread_mutex_unlock(&history->mutex);
	return r;
}

int history_lane(struct history *history, const char *format, ...)
{
	va_list arguments;

	assert(history->lane_count < HISTORY_LANES_MAX);
	va_start(arguments, format);
	vsnprintf(history->lanes[history->lane_count], HISTORY_LANE_SIZE, format, arguments);
	va_end(arguments);
	return history->lane_count++;
}

/* A merge sort: qsort() may swap what is equal. */
static void merge(struct observation *seen, size_t count, struct observation *spare)
{
	size_t half = count / 2, left = 0, right = half;

	if (count < 2)
		return;
	merge(seen, half, spare);
	merge(seen + half, count - half, spare);
	memcpy(spare, seen, count * sizeof(*seen));
	for (size_t i = 0; i < count; i++) {
		bool from_left =
			right == count || (left < half && spare[left].at_us <= spare[right].at_us);

		seen[i] = from_left ? spare[left++] : spare[right++];
	}
}

void history_sort(struct history *history)
{
	struct observation *spare = calloc(history->count + 1, sizeof(*spare));

	if (spare)
		merge(history->seen, history->count, spare);
	free(spare);
}
