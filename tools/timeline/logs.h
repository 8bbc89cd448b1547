/*
 * Lines of the processes' logs (JSON, base/log.h) that name the order or its trace.
 */
#pragma once

#include "timeline.h"

/*
 * Reads every *.log of @directory that can be read; says whether the directory is there. Lines
 * that are not JSON are passed over.
 */
void logs_read(const char *directory, struct timeline *timeline);

/* One line as a record. False when it is no line of ours. Pure. */
bool logs_describe(const char *line, size_t size, struct arena *arena, struct record *ret_record);
