#include "report.h"
#include "grid.h"

#include <inttypes.h>

#define BOLD "\033[1m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define RED "\033[31m"

/* The last two stay last; the four before them are for rates. */
/* clang-format off */
static const struct grid_column columns[] = {
	{"GROUP", false}, {"TOPIC", false}, {"PARTITION", true}, {"CURRENT-OFFSET", true},
	{"LOG-END-OFFSET", true}, {"LAG", true}, {"LAG-SECONDS", true}, {"STATUS", false},
	{"CONSUMER-ID", false}, {"HOST", false},
};
static const struct grid_column rate_columns[] = {
	{"GROUP", false}, {"TOPIC", false}, {"PARTITION", true}, {"CURRENT-OFFSET", true},
	{"LOG-END-OFFSET", true}, {"LAG", true}, {"LAG-SECONDS", true}, {"STATUS", false},
	{"IN/S", true}, {"OUT/S", true}, {"TREND/S", true}, {"CATCH-UP", true},
	{"CONSUMER-ID", false}, {"HOST", false},
};
/* clang-format on */
#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

static const char *const colours[] = {
	[STATUS_NONE] = NULL,
	[STATUS_OK] = GREEN,
	[STATUS_WARN] = YELLOW,
	[STATUS_STALL] = RED,
	[STATUS_STOP] = RED,
	[STATUS_REWIND] = RED,
};

bool report_shows(const struct place *place, const struct report_options *options)
{
	return !options->only_with_lag || place->lag > 0 || place->lost > 0;
}

const struct place *report_worst(const struct look *look, int64_t lag_max, size_t *ret_count)
{
	const struct place *worst = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < look->count; i++) {
		const struct place *place = &look->places[i];

		if (place->lag <= lag_max)
			continue;
		*ret_count += 1;
		if (worst == NULL || place->lag > worst->lag)
			worst = place;
	}
	return worst;
}

static const char *number_text(struct arena *arena, int64_t number)
{
	return number < 0 ? "-" : arena_format(arena, "%" PRId64, number);
}

/* Tenths of a second are as fine as a look is. */
static const char *seconds_text(struct arena *arena, int64_t ms)
{
	if (ms < 0)
		return "-";
	return arena_format(arena, "%" PRId64 ".%" PRId64, ms / 1000, ms % 1000 / 100);
}

static const char *rate_text(
	struct arena *arena, const struct place_rates *rates, int64_t milli, bool with_sign)
{
	int64_t tenths = (milli < 0 ? 50 - milli : milli + 50) / 100;
	const char *sign = tenths == 0 ? "" : milli < 0 ? "-" : with_sign ? "+" : "";

	if (!rates->known)
		return "-";
	return arena_format(arena, "%s%" PRId64 ".%" PRId64, sign, tenths / 10, tenths % 10);
}

static const char *duration_text(struct arena *arena, int64_t ms)
{
	int64_t s = (ms + 500) / 1000;

	if (ms < 0)
		return "never";
	if (s < 60)
		return arena_format(arena, "%" PRId64 "s", s);
	if (s < 3600)
		return arena_format(arena, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
	return arena_format(arena, "%" PRId64 "h%02" PRId64 "m", s / 3600, s / 60 % 60);
}

static void add_rates(struct grid *grid, const struct place *place)
{
	const struct place_rates *rates = &place->rates;
	struct arena *arena = grid->arena;

	grid_add(grid, rate_text(arena, rates, rates->in_milli, false), NULL);
	grid_add(grid, rate_text(arena, rates, rates->out_milli, false), NULL);
	grid_add(grid, rate_text(arena, rates, rates->trend_milli, true), NULL);
	grid_add(grid, rates->known ? duration_text(arena, rates->catch_up_ms) : "-", NULL);
}

static void add_row(
	struct grid *grid, const struct place *place, const struct report_options *options)
{
	struct arena *arena = grid->arena;

	grid_add(grid, place->group, NULL);
	grid_add(grid, place->topic, NULL);
	grid_add(grid, number_text(arena, place->partition), NULL);
	grid_add(grid, number_text(arena, place->committed), NULL);
	grid_add(grid, number_text(arena, place->end), NULL);
	grid_add(grid, number_text(arena, place->lag), NULL);
	grid_add(grid, seconds_text(arena, place->lag_ms), NULL);
	grid_add(grid, status_name(place->status), options->colour ? colours[place->status] : NULL);
	if (options->rates)
		add_rates(grid, place);
	grid_add(grid, place->member ? place->member : "-", NULL);
	grid_add(grid, place->host ? place->host : "-", NULL);
}

static void write_sum(const struct look *look, struct arena *arena, struct buffer *out)
{
	int64_t total = 0, oldest_ms = 0;
	size_t lagging = 0;

	for (size_t i = 0; i < look->count; i++) {
		const struct place *place = &look->places[i];

		lagging += place->lag > 0;
		total += place->lag > 0 ? place->lag : 0;
		oldest_ms = place->lag_ms > oldest_ms ? place->lag_ms : oldest_ms;
	}
	buffer_add_format(out, "%zu group%s, %zu partition%s: lag %" PRId64 " in %zu",
		look->group_count, look->group_count == 1 ? "" : "s", look->count,
		look->count == 1 ? "" : "s", total, lagging);
	if (lagging > 0)
		buffer_add_format(
			out, ", the oldest waits for %s s", seconds_text(arena, oldest_ms));
	buffer_add_byte(out, '\n');
}

static void write_note(const struct place *place, struct buffer *out)
{
	if (place->lost > 0)
		buffer_add_format(out,
			"note: %s %s/%d lost %" PRId64 " message%s: it stands at %" PRId64
			", the log begins at %" PRId64 "\n",
			place->group, place->topic, (int)place->partition, place->lost,
			place->lost == 1 ? "" : "s", place->committed, place->start);
	if (place_is_gone(place))
		buffer_add_format(out,
			"note: %s stands at %" PRId64 " in %s/%d, which is not there\n",
			place->group, place->committed, place->topic, (int)place->partition);
	if (place_is_beyond(place))
		buffer_add_format(out,
			"note: %s %s/%d stands behind the end: another log of that name, or a "
			"number of another kind\n",
			place->group, place->topic, (int)place->partition);
	if (place->only_markers)
		buffer_add_format(out,
			"note: %s %s/%d is drained: from %" PRId64 " to %" PRId64
			" are markers of transactions only\n",
			place->group, place->topic, (int)place->partition, place_next(place),
			place->end);
}

static void write_notes(const struct look *look, struct buffer *out)
{
	for (size_t i = 0; i < look->count; i++)
		write_note(&look->places[i], out);
	for (size_t i = 0; i < look->group_count; i++) {
		if (look_group_is_unknown(&look->groups[i]))
			buffer_add_format(out, "note: group %s has neither members nor commits\n",
				look->groups[i].name);
	}
}

void report_table(const struct look *look, const struct report_options *options,
	struct arena *arena, struct buffer *out)
{
	struct grid grid;

	if (options->rates)
		grid_init(&grid, arena, rate_columns, COUNT_OF(rate_columns), look->count);
	else
		grid_init(&grid, arena, columns, COUNT_OF(columns), look->count);
	if (options->colour)
		grid.head_colour = BOLD;
	for (size_t i = 0; i < look->count; i++) {
		if (report_shows(&look->places[i], options))
			add_row(&grid, &look->places[i], options);
	}
	/* A screen cuts a long table at its end. */
	if (options->rates)
		write_sum(look, arena, out);
	if (options->rates)
		buffer_add_byte(out, '\n');
	grid_write(&grid, out);
	if (!options->rates)
		buffer_add_byte(out, '\n');
	if (!options->rates)
		write_sum(look, arena, out);
	write_notes(look, out);
}
