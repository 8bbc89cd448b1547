/*
 * replay dlq: puts dead letters back where they came from.
 */
#pragma once

/* argv[0] is "dlq"; what follows are its own options. Returns the exit code. */
int dlq_main(int argc, char **argv);
