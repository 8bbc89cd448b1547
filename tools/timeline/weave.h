/*
 * One story out of many records. Pure.
 *
 * The same event is known to the outbox that said it, to its topic, and to the inbox of
 * everyone who took it. weave() gives each said event its place in the topic and each taking
 * its name, puts together what is one thing, and sorts by time.
 */
#pragma once

#include "timeline.h"

void weave(struct timeline *timeline);

/* Who reads a topic, by group; NULL-ended, empty for a topic that is none of ours. */
const char *const *weave_readers(const char *topic);
