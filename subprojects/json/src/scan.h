/*
 * A look over JSON text before it is parsed: what a parser should never meet.
 * Neither recursive nor allocating, so hostile input costs one pass.
 */
#pragma once

#include <stddef.h>

/*
 * 0, or FAULT_INPUT with line and column: too deep, too many members in one
 * object, a real number. All other mistakes are left to the parser.
 */
int json_scan(const char *text, size_t size);
