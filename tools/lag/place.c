#include "place.h"

#include <string.h>

static int64_t above_zero(int64_t number)
{
	return number > 0 ? number : 0;
}

bool place_is_gone(const struct place *place)
{
	return place->end < 0;
}

bool place_is_beyond(const struct place *place)
{
	return !place_is_gone(place) && place->committed > place->end;
}

int64_t place_next(const struct place *place)
{
	return place->committed > place->start ? place->committed : place->start;
}

void place_measure(struct place *place, int64_t now_ms)
{
	place->lag = PLACE_UNKNOWN;
	place->lag_ms = PLACE_UNKNOWN;
	place->lost = 0;
	if (place->committed < 0 || place_is_gone(place))
		return;
	place->lost = above_zero(place->start - place->committed);
	place->lag = place->only_markers ? 0 : above_zero(place->end - place_next(place));
	if (place->lag == 0)
		place->lag_ms = 0;
	else if (place->first_ms >= 0)
		place->lag_ms = above_zero(now_ms - place->first_ms);
}

int place_compare(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = strcmp(a->group, b->group);

	if (order == 0)
		order = strcmp(a->topic, b->topic);
	if (order == 0)
		order = (a->partition > b->partition) - (a->partition < b->partition);
	return order;
}

const char *status_name(enum status status)
{
	static const char *const names[] = {
		[STATUS_NONE] = "-",
		[STATUS_OK] = "OK",
		[STATUS_WARN] = "WARN",
		[STATUS_STALL] = "STALL",
		[STATUS_STOP] = "STOP",
		[STATUS_REWIND] = "REWIND",
	};
	return names[status];
}
