/*
 * What the program does instead of serving: order --states, order --rebuild.
 */
#pragma once

#include <stdbool.h>

/* Whether the command line asks for one of the two. */
bool order_tool_asked(int argc, char **argv);
/* Exit codes: 0 done, all orders equal · 1 some differ · 2 usage · 3 no database. */
int order_tool_main(int argc, char **argv);
