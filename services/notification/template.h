/*
 * Templates of what customers are told: text with {placeholders}. Pure.
 *
 * A template is checked once, when it is loaded; from then on rendering cannot
 * fail. Values are somebody else's text: their control characters become blanks.
 */
#pragma once

#include <base/arena.h>

#define TEMPLATE_SUBJECT_MAX 200
#define TEMPLATE_BODY_MAX 8000

enum template_field {
	TEMPLATE_ORDER_ID,
	TEMPLATE_AMOUNT,
	TEMPLATE_REASON, /* free text of whoever refused */
	TEMPLATE_FIELD_COUNT,
};

#define TEMPLATE_FIELD(field) (1u << TEMPLATE_##field)
/* What may stand in a subject: fields that cannot hold a line's end, nor anything but ASCII. */
#define TEMPLATE_SUBJECT_FIELDS (TEMPLATE_FIELD(ORDER_ID) | TEMPLATE_FIELD(AMOUNT))

struct template
{
	const char *subject; /* one line of printable ASCII */
	const char *body;    /* UTF-8, lines ended by \n */
};

struct template_values {
	const char *texts[TEMPLATE_FIELD_COUNT]; /* NULL: the event has no such value */
};

/*
 * 0, or FAULT_INPUT saying what is wrong: a placeholder that is not among @fields
 * (bits of TEMPLATE_FIELD), a brace without its other half, a bound.
 */
int template_check(const struct template *template, unsigned fields);

/* @text is a checked one's subject or body. */
const char *template_render(
	const char *text, const struct template_values *values, struct arena *arena);
