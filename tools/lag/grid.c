#include "grid.h"

#include <assert.h>
#include <string.h>

#define PLAIN "\033[0m"

void grid_init(struct grid *grid, struct arena *arena, const struct grid_column *columns,
	size_t column_count, size_t rows_max)
{
	assert(column_count <= GRID_COLUMNS_MAX);
	*grid = (struct grid){
		.arena = arena,
		.columns = columns,
		.column_count = column_count,
		.cells = arena_array(arena, column_count * rows_max, sizeof(struct grid_cell)),
		.max = column_count * rows_max,
		.head_colour = "",
	};
}

void grid_add(struct grid *grid, const char *text, const char *colour)
{
	assert(grid->count < grid->max);
	grid->cells[grid->count++] = (struct grid_cell){text, colour};
}

static void measure(const struct grid *grid, size_t widths[static GRID_COLUMNS_MAX])
{
	for (size_t i = 0; i < grid->column_count; i++)
		widths[i] = strlen(grid->columns[i].title);
	for (size_t i = 0; i < grid->count; i++) {
		size_t *width = &widths[i % grid->column_count], size = strlen(grid->cells[i].text);

		*width = size > *width ? size : *width;
	}
}

static void write_cell(const struct grid *grid, size_t column, const struct grid_cell *cell,
	size_t width, struct buffer *out)
{
	int blanks = (int)(width - strlen(cell->text));
	bool to_right = grid->columns[column].to_right;

	if (to_right)
		buffer_add_format(out, "%*s", blanks, "");
	if (cell->colour)
		buffer_add_format(out, "%s%s%s", cell->colour, cell->text, PLAIN);
	else
		buffer_add_text(out, cell->text);
	if (column + 1 == grid->column_count) {
		buffer_add_byte(out, '\n');
		return;
	}
	buffer_add_format(out, "%*s", (to_right ? 0 : blanks) + 2, "");
}

void grid_write(const struct grid *grid, struct buffer *out)
{
	size_t widths[GRID_COLUMNS_MAX];

	measure(grid, widths);
	for (size_t i = 0; i < grid->column_count; i++) {
		const struct grid_cell title = {
			grid->columns[i].title, *grid->head_colour ? grid->head_colour : NULL};

		write_cell(grid, i, &title, widths[i], out);
	}
	for (size_t i = 0; i < grid->count; i++) {
		size_t column = i % grid->column_count;

		write_cell(grid, column, &grid->cells[i], widths[column], out);
	}
}
