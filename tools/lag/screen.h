/*
 * A page of text over the one before, on a terminal.
 */
#pragma once

#include <base/buffer.h>

/*
 * @text with the escape sequences that put it over what is shown: no flicker, long lines cut by
 * the terminal. At most @rows lines; where there are more, the last one counts what is left.
 */
void screen_write(const char *text, int rows, struct buffer *out);
