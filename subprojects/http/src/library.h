/*
 * libcurl's own start, for all that use it.
 */
#pragma once

/* Any thread, any number of times. */
void library_start(void);
