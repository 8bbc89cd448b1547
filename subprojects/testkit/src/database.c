/*
 * A fresh database for a test. It is made and dropped with psql(1): the one
 * third-party library behind testkit is Check, and a test of the database
 * library should not rest on the library it tests.
 */
#include "inside.h"

#include <testkit/testkit.h>

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVER_VARIABLE "TESTKIT_DATABASE_URL"
#define STATEMENTS_MAX 4

extern char **environ;

static char name[64];
static char url[1024];

void database_name(void)
{
	static unsigned number;
	url[0] = '\0';
	snprintf(name, sizeof(name), "testkit_%d_%u", (int)getpid(), number++);
}

/* A marker beside the scratch directory tells the runner what the test's process made. */
static void marker_path(char *path, size_t size)
{
	snprintf(path, size, "%s.database", directory_path());
}

/* Runs the statements by one psql, each in a transaction of its own. True when all worked. */
static bool run_psql(const char *server, char *const *statements, int count)
{
	char *argv[8 + 2 * STATEMENTS_MAX] = {"psql", "--no-psqlrc", "--quiet",
		"--output=/dev/null", "--set=ON_ERROR_STOP=1", "--dbname"};
	int size = 6;
	argv[size++] = (char *)server;
	for (int i = 0; i < count && i < STATEMENTS_MAX; i++) {
		argv[size++] = "--command";
		argv[size++] = statements[i];
	}

	pid_t child;
	int status = -1;
	int r = posix_spawnp(&child, argv[0], NULL, NULL, argv, environ);
	if (r != 0) {
		fprintf(stderr, "testkit: cannot start psql: %s\n", strerror(r));
		return false;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The server's address with the database changed: as a URI, or as "name=value" words. */
static void database_address(const char *server, char *address, size_t size)
{
	const char *authority = strstr(server, "://");
	if (!authority) {
		/* Of a word given twice libpq takes the last. */
		snprintf(address, size, "%s dbname=%s", server, name);
		return;
	}
	authority += 3;
	size_t kept = (size_t)(authority - server) + strcspn(authority, "/?");
	const char *query = strchr(authority, '?');
	snprintf(address, size, "%.*s/%s%s", (int)kept, server, name, query ? query : "");
}

const char *testkit_database_url(void)
{
	char marker[512], create[128];
	const char *server = getenv(SERVER_VARIABLE);

	if (url[0])
		return url;
	if (!server || !*server)
		fail_test("this test needs PostgreSQL: set " SERVER_VARIABLE
			  " to a role that may create databases");

	marker_path(marker, sizeof(marker));
	FILE *file = fopen(marker, "we");
	if (!file || fclose(file) != 0)
		fail_test("cannot write %s: %s", marker, strerror(errno));
	snprintf(create, sizeof(create), "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'",
		name);
	if (!run_psql(server, (char *[]){create}, 1))
		fail_test("cannot create the database %s through " SERVER_VARIABLE, name);
	database_address(server, url, sizeof(url));
	return url;
}

void database_remove(void)
{
	char marker[512], stop[256], slots[256], drop[128];
	const char *server = getenv(SERVER_VARIABLE);

	marker_path(marker, sizeof(marker));
	if (access(marker, F_OK) != 0)
		return;
	unlink(marker);
	/* A replication slot keeps a database from being dropped, and its reader keeps the slot. */
	snprintf(stop, sizeof(stop),
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '%s' "
		"AND backend_type IN ('client backend', 'walsender')",
		name);
	snprintf(slots, sizeof(slots),
		"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
		"WHERE database = '%s'",
		name);
	snprintf(drop, sizeof(drop), "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
	if (!run_psql(server, (char *[]){stop, slots, drop}, 3))
		fprintf(stderr, "testkit: the database %s is left behind\n", name);
}
