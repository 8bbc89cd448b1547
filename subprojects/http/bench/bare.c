/*
 * The floor under reads: civetweb with one handler that writes what a file holds, head and
 * all, whatever is asked. `./lab bench reads` measures a service beside it.
 *
 *   http_bare 127.0.0.1:18119 FILE
 */
#include <civetweb.h>
#include <stdio.h>
#include <unistd.h>

#define ANSWER_MAX (256 * 1024)

static char answer[ANSWER_MAX];
static size_t answer_size;

static int answer_all(struct mg_connection *connection, void *context)
{
	(void)context;
	(void)mg_write(connection, answer, answer_size);
	return 200;
}

static int read_answer(const char *path)
{
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		return -1;
	answer_size = fread(answer, 1, sizeof(answer), file);
	(void)fclose(file);
	return answer_size == 0 || answer_size == sizeof(answer) ? -1 : 0;
}

int main(int argc, char **argv)
{
	const char *options[] = {"listening_ports", argc == 3 ? argv[1] : "", "num_threads", "64",
		"enable_keep_alive", "yes", "keep_alive_timeout_ms", "1000", "tcp_nodelay", "1",
		NULL};
	const struct mg_callbacks callbacks = {0};
	struct mg_context *civetweb;

	if (argc != 3) {
		fprintf(stderr, "usage: http_bare ADDRESS:PORT FILE\n");
		return 2;
	}
	if (read_answer(argv[2]) < 0) {
		fprintf(stderr, "http_bare: %s: cannot be read, is empty or too large\n", argv[2]);
		return 2;
	}
	civetweb = mg_start(&callbacks, NULL, options);
	if (civetweb == NULL) {
		fprintf(stderr, "http_bare: cannot listen on %s\n", argv[1]);
		return 1;
	}
	mg_set_request_handler(civetweb, "/", answer_all, NULL);
	/* Until a signal ends us. */
	for (;;)
		(void)pause();
}
