/*
 * Draws a history: a line for each lane, a column for each message, from left to right as
 * they took effect. Pure.
 *
 *     partition 0  | A1  .   .   A2  A4  A3!
 *     partition 1  | .   B1  B2  .   .   .
 *
 * Keys are letters, with a colour each where colours are wanted; what the checker marked
 * has a sign behind its number: ! out of order, = again, ~ by a former owner.
 */
#pragma once

#include "history.h"

#include <base/buffer.h>
#include <stdbool.h>

#define LANES_WIDTH_MIN 40

struct lanes_style {
	int width; /* columns in all */
	bool colors;
};

/*
 * The place of the first violation (late or stale) of @history, or what the case wants to
 * show, or its beginning; where that is, a line above it says. Two blanks stand before each line.
 */
void lanes_draw(const struct history *history, const struct lanes_style *style, struct buffer *out);

/* The first key whose order was broken, alone: its numbers around that place. Or nothing. */
void lanes_draw_key(
	const struct history *history, const struct lanes_style *style, struct buffer *out);

/* What the signs mean. */
void lanes_legend(struct buffer *out);
