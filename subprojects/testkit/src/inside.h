/*
 * What the files of testkit share. Nothing of Check shows here either.
 */
#pragma once

#include <stdbool.h>

/* Where the scratch directory of the test that runs would be; it may not exist. */
const char *directory_path(void);
/* Before each test, in the runner: names the directory, creates nothing. */
void directory_name(const char *suite, const char *test);
/* After each test, in the runner: the test may have crashed. */
void directory_remove(void);

/* Before and after each test, in the runner, as above. */
void database_name(void);
void database_remove(void);
