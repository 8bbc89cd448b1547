/*
 * replay, and replay order: sets a group back, or forward.
 */
#pragma once

/* argv[1] may be "order". Returns the exit code. */
int offsets_main(int argc, char **argv);
