/*
 * A record in words, for the page and for JSON alike. Pure.
 */
#pragma once

#include "timeline.h"

/* "takes PaymentSucceeded" */
const char *words_what(const struct record *record, struct arena *arena);
/* "2@17, awaiting_payment → awaiting_stock" */
const char *words_detail(const struct record *record, struct arena *arena);

/* Bad news: a dead letter, a key that waits, what was refused. */
bool words_is_bad(const struct record *record);

#define WORDS_DURATION_SIZE 24
/* "0.8 ms", "12.3 ms", "4.56 s", "3m 20s", "5h 03m", "2d 04h"; returns @text. */
char *words_duration(int64_t us, char text[static WORDS_DURATION_SIZE]);
