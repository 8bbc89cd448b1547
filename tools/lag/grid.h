/*
 * Cells in aligned columns.
 */
#pragma once

#include <base/arena.h>
#include <base/buffer.h>

#define GRID_COLUMNS_MAX 16

struct grid_column {
	const char *title;
	bool to_right; /* numbers */
};

struct grid {
	struct arena *arena;
	const struct grid_column *columns;
	size_t column_count;
	struct grid_cell *cells;
	size_t count, max;
	const char *head_colour; /* an escape sequence, or "" */
};

struct grid_cell {
	const char *text;
	const char *colour; /* an escape sequence, or NULL */
};

/* For at most @rows_max rows; all in @arena. */
void grid_init(struct grid *grid, struct arena *arena, const struct grid_column *columns,
	size_t column_count, size_t rows_max);
/* The next cell, row by row. Texts are kept, not copied. */
void grid_add(struct grid *grid, const char *text, const char *colour);
/* Titles and rows, each line without blanks at its end. */
void grid_write(const struct grid *grid, struct buffer *out);
