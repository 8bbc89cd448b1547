/*
 * What has not happened yet, or left no trace: said and in no topic, in a topic and not taken.
 * Pure. Called after weave().
 *
 * Only what a source that answered does not have is missing: of one that is away nothing is
 * claimed. What it finds goes into the timeline's notes and facts.
 */
#pragma once

#include "timeline.h"

void missing_find(struct timeline *timeline);
