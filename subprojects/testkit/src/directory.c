#include "inside.h"

#include <testkit/testkit.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[256];
static bool made;

void directory_name(const char *suite, const char *test)
{
	static unsigned number;
	made = false;
	const char *parent = getenv("TMPDIR");
	int size = snprintf(path, sizeof(path), "%s/testkit.%d.%u.%.40s.%.60s",
		parent && *parent ? parent : "/tmp", (int)getpid(), number++, suite, test);
	if (size < 0 || (size_t)size >= sizeof(path)) {
		fprintf(stderr, "testkit: TMPDIR is too long\n");
		exit(1);
	}
}

const char *directory_path(void)
{
	return path;
}

const char *testkit_directory(void)
{
	/* A test may ask twice; what an earlier process left behind is not taken over. */
	if (!made && mkdir(path, 0700) != 0)
		fail_test("cannot make the directory %s: %s", path, strerror(errno));
	made = true;
	return path;
}

static int remove_one(const char *name, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	if (remove(name) != 0)
		fprintf(stderr, "testkit: cannot remove %s: %s\n", name, strerror(errno));
	return 0;
}

void directory_remove(void)
{
	if (access(path, F_OK) == 0)
		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
