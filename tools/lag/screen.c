#include "screen.h"

#include <string.h>

#define HOME "\033[H"
#define NO_WRAP "\033[?7l"
#define WRAP "\033[?7h"
#define REST_OF_LINE "\033[K"
#define REST_OF_SCREEN "\033[J"

static int count_lines(const char *text)
{
	int lines = 0;

	while ((text = strchr(text, '\n')) != NULL) {
		lines++;
		text++;
	}
	return lines;
}

void screen_write(const char *text, int rows, struct buffer *out)
{
	int lines = count_lines(text), shown = lines <= rows ? lines : rows - 1;

	buffer_add_text(out, HOME NO_WRAP);
	for (int i = 0; i < shown; i++) {
		const char *end = strchr(text, '\n');

		buffer_add(out, text, (size_t)(end - text));
		buffer_add_text(out, REST_OF_LINE "\n");
		text = end + 1;
	}
	if (shown < lines)
		buffer_add_format(out, "(%d more lines)" REST_OF_LINE, lines - shown);
	buffer_add_text(out, REST_OF_SCREEN WRAP);
}
