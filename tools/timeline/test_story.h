/*
 * An order's records as the sources give them, for the tests.
 */
#pragma once

#include "timeline.h"

#include <testkit/testkit.h>

#define STORY_START_US INT64_C(1769853600000000) /* 2026-01-31T10:00:00Z */

/* All sources there, and nothing else. */
struct timeline *story_open(void);
void story_close(void);

/* The id of event number @number. */
struct uuid story_event(int number);
/* A record @ms after the start. */
struct record *story_add(enum record_kind kind, int ms, const char *place, const char *what);
/* The same about an event. */
struct record *story_event_add(
	enum record_kind kind, int ms, const char *place, const char *what, int event);
/* Said, with the topic; and found in it at partition 2. */
struct record *story_said(
	int ms, const char *place, const char *what, int event, const char *topic);
struct record *story_message(
	int ms, const char *what, int event, const char *topic, int64_t offset);
/* From one step to another, by an event (0: a command). */
struct record *story_step(int ms, const char *what, const char *steps, int event);

/* Created, paid, reserved, completed; everybody has heard. */
void story_completed(void);
