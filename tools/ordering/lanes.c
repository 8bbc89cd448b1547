#include "lanes.h"

#include <assert.h>
#include <string.h>

#define INDENT "  "
#define LETTERS 26
/* Letter, sign and a blank, besides the number's digits. */
#define CELL_EXTRA 3

static const char *const COLORS[] = {"\033[32m", "\033[36m", "\033[35m", "\033[34m", "\033[33m",
	"\033[1;32m", "\033[1;36m", "\033[1;35m", "\033[1;34m"};
#define COLOR_COUNT (sizeof(COLORS) / sizeof(COLORS[0]))
#define DIM "\033[2m"
#define WRONG "\033[1;37;41m"
#define PLAIN "\033[0m"

static const char SIGNS[] = {
	[MARK_FINE] = ' ', [MARK_LATE] = '!', [MARK_AGAIN] = '=', [MARK_STALE] = '~'};

struct window {
	size_t from, until; /* observations */
	size_t cells;       /* as many fit */
	int name_width, cell_width;
};

static bool is_violation(const struct observation *observation)
{
	return observation->mark == MARK_LATE || observation->mark == MARK_STALE;
}

/* The first violation; where there is none, what the case wants to show; or the end. */
static size_t find_focus(const struct history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		if (is_violation(&history->seen[i]))
			return i;
	}
	for (size_t i = 0; history->focus_us > 0 && i < history->count; i++) {
		if (history->seen[i].at_us >= history->focus_us)
			return i;
	}
	return history->count;
}

static int digits_of(int number)
{
	int digits = 1;

	for (; number >= 10; number /= 10)
		digits++;
	return digits;
}

static struct window window_of(const struct history *history, int width)
{
	struct window window = {0};
	int digits = 1;
	size_t first;

	for (int lane = 0; lane < history->lane_count; lane++) {
		int size = (int)strlen(history->lanes[lane]);
		window.name_width = size > window.name_width ? size : window.name_width;
	}
	for (size_t i = 0; i < history->count; i++) {
		int size = digits_of(history->seen[i].sequence);
		digits = size > digits ? size : digits;
	}
	window.cell_width = digits + CELL_EXTRA;
	/* Indent, name, " | ", and no cell is cut. */
	window.cells = (size_t)((width - window.name_width - 5) / window.cell_width);
	first = find_focus(history);
	/* A third of the picture is what came before. */
	if (first < history->count && first > window.cells / 3)
		window.from = first - window.cells / 3;
	window.until = window.from + window.cells < history->count ? window.from + window.cells
								   : history->count;
	return window;
}

static void draw_cell(const struct observation *observation, const struct window *window,
	const struct lanes_style *style, struct buffer *out)
{
	size_t before;

	if (style->colors)
		buffer_add_text(out,
			is_violation(observation) ? WRONG
						  : COLORS[(size_t)observation->key % COLOR_COUNT]);
	before = out->size;
	buffer_add_format(out, "%c%d", 'A' + observation->key % LETTERS, observation->sequence);
	if (observation->mark != MARK_FINE)
		buffer_add_byte(out, (uint8_t)SIGNS[observation->mark]);
	before = out->size - before;
	if (style->colors)
		buffer_add_text(out, PLAIN);
	for (; before < (size_t)window->cell_width; before++)
		buffer_add_byte(out, ' ');
}

static void draw_empty(
	const struct window *window, const struct lanes_style *style, struct buffer *out)
{
	buffer_add_format(out, "%s.%s%*s", style->colors ? DIM : "", style->colors ? PLAIN : "",
		window->cell_width - 1, "");
}

static void end_line(struct buffer *out)
{
	while (out->size > 0 && out->data[out->size - 1] == ' ')
		out->data[--out->size] = '\0';
	buffer_add_byte(out, '\n');
}

static void draw_lane(const struct history *history, int lane, const struct window *window,
	const struct lanes_style *style, struct buffer *out)
{
	buffer_add_format(out, INDENT "%-*s | ", window->name_width, history->lanes[lane]);
	for (size_t i = window->from; i < window->until; i++) {
		if (history->seen[i].lane == lane)
			draw_cell(&history->seen[i], window, style, out);
		else
			draw_empty(window, style, out);
	}
	end_line(out);
}

void lanes_draw(const struct history *history, const struct lanes_style *style, struct buffer *out)
{
	struct window window;

	assert(style->width >= LANES_WIDTH_MIN);
	if (history->count == 0) {
		buffer_add_text(out, INDENT "(nothing was seen)\n");
		return;
	}
	window = window_of(history, style->width);
	if (window.from > 0 || window.until < history->count)
		buffer_add_format(out, INDENT "%-*s   %zu to %zu of %zu:\n", window.name_width, "",
			window.from + 1, window.until, history->count);
	for (int lane = 0; lane < history->lane_count; lane++)
		draw_lane(history, lane, &window, style, out);
}

/* Where to begin so that observation @focus and some of its key before it are among @max. */
static size_t begin_of_key(const struct history *history, size_t focus, size_t max)
{
	size_t from = focus;

	for (size_t i = focus; i-- > 0 && max > 1;) {
		if (history->seen[i].key != history->seen[focus].key)
			continue;
		from = i;
		max--;
	}
	return from;
}

void lanes_draw_key(
	const struct history *history, const struct lanes_style *style, struct buffer *out)
{
	size_t focus = find_focus(history), left;
	struct window window;

	if (focus == history->count || !is_violation(&history->seen[focus]))
		return;
	window = window_of(history, style->width);
	left = window.cells;
	buffer_add_format(out, INDENT "%-*s%c > ", window.name_width - 1, "key",
		'A' + history->seen[focus].key % LETTERS);
	for (size_t i = begin_of_key(history, focus, left / 2); i < history->count && left > 0;
		i++) {
		if (history->seen[i].key != history->seen[focus].key)
			continue;
		draw_cell(&history->seen[i], &window, style, out);
		left--;
	}
	end_line(out);
}

void lanes_legend(struct buffer *out)
{
	buffer_add_text(out,
		"Left to right as messages took effect; a letter is a key, its number "
		"the message's place in it.\n"
		"! out of order   = again   ~ by a former owner\n\n");
}
