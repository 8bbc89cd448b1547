/*
 * registry: tells other programs the schemas of this build. See README.md.
 */
#include "api.h"

#include <base/fault.h>
#include <base/log.h>
#include <base/settings.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#define THREADS 8

enum exit_code { EXIT_USAGE = 2, EXIT_OTHER = 6 };

static const char *http_listen;

static const struct setting settings[] = {
	{"http.listen", SETTING_TEXT, &http_listen, "127.0.0.1:8081",
		.help = "host:port to answer at"},
	{0},
};

static const struct settings_program program = {
	.name = "registry",
	.purpose = "tells the schemas of this build as Confluent's Schema Registry does, read only",
	.examples = "  registry --http-listen 127.0.0.1:8081\n"
		    "  curl -s 127.0.0.1:8081/subjects\n"
		    "  curl -s 127.0.0.1:8081/schemas/ids/1 | jq -r .schema | jq\n"
		    "\n"
		    "Exit code: 0 done, 2 usage, 6 anything else.\n",
	.tables = (const struct setting *const[]){settings, NULL},
};

/* Blocked before any thread starts, so that only this one is told. */
static void block_ends(sigset_t *ends)
{
	sigemptyset(ends);
	sigaddset(ends, SIGINT);
	sigaddset(ends, SIGTERM);
	pthread_sigmask(SIG_BLOCK, ends, NULL);
}

static int serve(void)
{
	struct http_server *server;
	sigset_t ends;
	int r, signal;

	block_ends(&ends);
	r = http_server_start(
		&(struct http_server_config){
			.listen = http_listen,
			.threads = THREADS,
			.routes = api_routes,
		},
		&server);
	if (r < 0)
		return r;
	fprintf(stderr, "registry: serving at port %d\n", http_server_port(server));
	(void)sigwait(&ends, &signal);
	http_server_stop(server);
	return 0;
}

int main(int argc, char **argv)
{
	int r;

	log_init("registry", LOG_ERROR);
	r = settings_read(&program, argc, argv, NULL);
	if (r == SETTINGS_EXIT)
		return 0;
	if (r == 0)
		r = serve();
	if (r == 0)
		return 0;
	fprintf(stderr, "registry: %s\n", fault_text());
	return r == FAULT_USAGE ? EXIT_USAGE : EXIT_OTHER;
}
