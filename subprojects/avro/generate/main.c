/*
 * avro-gen: schemas in, a C library out. Runs at build time and nowhere else.
 *
 * Every run checks all there is to check before it writes anything.
 */
#include "generate.h"

#include <base/fault.h>
#include <getopt.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE_MAX ((size_t)256 << 20)

static const char usage[] =
	"usage: avro-gen --schemas DIR [--header FILE --source FILE [--texts FILE]\n"
	"                [--depfile FILE]] [--assign] [--compatibility full|backward]\n"
	"\n"
	"Reads DIR/topics.conf, DIR/ids.lock and DIR/<context>/<Name>/v<N>.avsc, checks that\n"
	"every version of an event can read every other and that ids are as they were handed\n"
	"out, and writes the C library.\n"
	"\n"
	"  --schemas DIR    where the schemas are\n"
	"  --header FILE    C header to write\n"
	"  --source FILE    C source to write; it stands beside the header\n"
	"  --texts FILE     C source to write beside them: what the schemas say\n"
	"  --depfile FILE   what was read, for the build\n"
	"  --assign         hand out ids to versions without one and write ids.lock\n"
	"  --compatibility full|backward\n"
	"                   full: each version reads all others (the default);\n"
	"                   backward: each reads the ones before it\n"
	"\n"
	"Without --header, --source and --assign it only checks.\n";

struct options {
	const char *schemas, *header, *source, *texts, *depfile;
	bool assign, backward;
};

static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{"schemas", required_argument, NULL, 's'},
		{"header", required_argument, NULL, 'h'},
		{"source", required_argument, NULL, 'c'},
		{"texts", required_argument, NULL, 't'},
		{"depfile", required_argument, NULL, 'd'},
		{"assign", no_argument, NULL, 'a'},
		{"compatibility", required_argument, NULL, 'b'},
		{"help", no_argument, NULL, '?'},
		{0},
	};

	for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		if (option == 's')
			options->schemas = optarg;
		else if (option == 'h')
			options->header = optarg;
		else if (option == 'c')
			options->source = optarg;
		else if (option == 't')
			options->texts = optarg;
		else if (option == 'd')
			options->depfile = optarg;
		else if (option == 'a')
			options->assign = true;
		else if (option == 'b' && strcmp(optarg, "backward") == 0)
			options->backward = true;
		else if (option != 'b' || strcmp(optarg, "full") != 0)
			return FAULT_USAGE;
	}
	if (options->schemas == NULL || optind != argc ||
		(options->header == NULL) != (options->source == NULL) ||
		(options->texts != NULL && options->header == NULL))
		return FAULT_USAGE;
	return 0;
}

/* What the file is called, without where it is. */
static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* The folders too: their time changes when a version is added, and with it what is generated. */
static int write_depfile(const struct model *model, const struct options *options)
{
	static const char *const patterns[] = {
		"/topics.conf", "/ids.lock", "/*/*/v*.avsc", "", "/*/", "/*/*/"};
	struct buffer text BUFFER_CLEAN;

	buffer_init(&text, 0);
	buffer_add_format(&text, "%s %s%s%s:", options->header, options->source,
		options->texts ? " " : "", options->texts ? options->texts : "");
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		glob_t found;

		if (glob(arena_format(model->arena, "%s%s", model->directory, patterns[i]), 0, NULL,
			    &found) != 0)
			continue;
		for (size_t j = 0; j < found.gl_pathc; j++)
			buffer_add_format(&text, " \\\n  %s", found.gl_pathv[j]);
		globfree(&found);
	}
	buffer_add_byte(&text, '\n');
	return file_write(options->depfile, &text);
}

static int write_library(const struct model *model, const struct options *options)
{
	struct buffer text BUFFER_CLEAN;
	int r;

	buffer_init(&text, 0);
	generate_header(model, &text);
	r = file_write(options->header, &text);
	if (r < 0)
		return r;
	buffer_reset(&text);
	generate_source(model, file_name(options->header), &text);
	r = file_write(options->source, &text);
	if (r == 0 && options->texts != NULL) {
		buffer_reset(&text);
		generate_texts(model, file_name(options->header), &text);
		r = file_write(options->texts, &text);
	}
	if (r < 0 || options->depfile == NULL)
		return r;
	return write_depfile(model, options);
}

static int run(struct model *model, const struct options *options)
{
	int r;

	r = model_load(model);
	if (r < 0)
		return r;
	r = model_check_versions(model);
	if (r < 0)
		return r;
	r = model_check_names(model);
	if (r < 0)
		return r;
	r = model_lock(model, options->assign);
	if (r < 0 || options->header == NULL)
		return r;
	return write_library(model, options);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct model *model;
	struct arena *arena;
	int r;

	if (read_options(argc, argv, &options) < 0) {
		fputs(usage, stderr);
		return 2;
	}
	arena = arena_create(ARENA_SIZE_MAX);
	model = arena_new(arena, struct model);
	model->arena = arena;
	model->directory = options.schemas;
	model->backward = options.backward;
	r = run(model, &options);
	if (r < 0)
		fprintf(stderr, "avro-gen: %s\n", fault_text());
	arena_destroy(arena);
	return r < 0 ? 1 : 0;
}
