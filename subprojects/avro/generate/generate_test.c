/*
 * Runs avro-gen (AVRO_GEN in the environment) on small folders of schemas, most
 * of them wrong: each must be refused with a sentence that says how to mend it,
 * and nothing may be written.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <testkit/testkit.h>
#include <unistd.h>

#define PATH_SIZE 512
#define OUTPUT_SIZE 4096
#define ID "{\"name\":\"orderId\",\"type\":{\"type\":\"string\",\"logicalType\":\"uuid\"}}"

extern char **environ;

static char output[OUTPUT_SIZE];

static void path_of(char path[static PATH_SIZE], const char *name)
{
	snprintf(path, PATH_SIZE, "%s/%s", testkit_directory(), name);
}

static void write_text(const char *name, const char *text)
{
	char path[PATH_SIZE];
	FILE *file;

	path_of(path, name);
	for (char *slash = strchr(path + strlen(testkit_directory()) + 1, '/'); slash != NULL;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		expect(mkdir(path, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(path, "we");
	expect(file != NULL);
	expect(fputs(text, file) >= 0);
	expect_int(fclose(file), 0);
}

static const char *read_text(const char *name)
{
	static char text[OUTPUT_SIZE];
	char path[PATH_SIZE];
	FILE *file;

	path_of(path, name);
	file = fopen(path, "re");
	expect(file != NULL);
	memset(text, 0, sizeof(text));
	expect(fread(text, 1, sizeof(text) - 1, file) < sizeof(text) - 1);
	fclose(file);
	return text;
}

static bool exists(const char *name)
{
	char path[PATH_SIZE];

	path_of(path, name);
	return access(path, F_OK) == 0;
}

/* @fields behind orderId, each with its comma before it. */
static void write_schema(const char *name, int version, const char *fields)
{
	char path[PATH_SIZE], text[2048];

	snprintf(path, sizeof(path), "test/%s/v%d.avsc", name, version);
	snprintf(text, sizeof(text),
		"{\"type\":\"record\",\"name\":\"%s\",\"namespace\":\"lab.test\",\"fields\":[" ID
		"%s]}",
		name, fields);
	write_text(path, text);
}

/* The exit code; what it said in output. */
static int run(const char *argument, const char *value)
{
	char header[PATH_SIZE], source[PATH_SIZE], words[PATH_SIZE];
	const char *const arguments[] = {"avro-gen", "--schemas", testkit_directory(), "--header",
		header, "--source", source, argument, value, NULL};
	posix_spawn_file_actions_t actions;
	int status;
	pid_t child;

	path_of(header, "out.h");
	path_of(source, "out.c");
	path_of(words, "words");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 2, words, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	expect_int(posix_spawn(&child, getenv("AVRO_GEN"), &actions, NULL,
			   (char *const *)(uintptr_t)arguments, environ),
		0);
	posix_spawn_file_actions_destroy(&actions);
	expect_int(waitpid(child, &status, 0), child);
	expect(WIFEXITED(status));
	snprintf(output, sizeof(output), "%s", read_text("words"));
	return WEXITSTATUS(status);
}

static void must_pass(const char *argument, const char *value)
{
	if (run(argument, value) != 0)
		fail_test("refused: %s", output);
}

static void must_refuse(const char *words)
{
	if (run(NULL, NULL) != 1)
		fail_test("not refused");
	if (strstr(output, words) == NULL)
		fail_test("\"%s\" should say \"%s\"", output, words);
	expect(!exists("out.h"));
	expect(!exists("out.c"));
}

/* Two events, one of them with two versions, and their ids. */
static void prepare(void)
{
	write_text("topics.conf", "# a comment\n\ntest.events  Done Begun # and one more\n");
	write_schema("Begun", 1, "");
	write_schema("Done", 1, "");
	write_schema("Done", 2, ",{\"name\":\"more\",\"type\":\"int\",\"default\":7}");
	must_pass("--assign", NULL);
	expect(exists("out.h") && exists("out.c"));
	char path[PATH_SIZE];
	path_of(path, "out.h");
	unlink(path);
	path_of(path, "out.c");
	unlink(path);
}

TEST(ids_are_handed_out_in_order_and_kept)
{
	char before[OUTPUT_SIZE];

	prepare();
	snprintf(before, sizeof(before), "%s", read_text("ids.lock"));
	expect(strstr(before, "\n1 ") != NULL && strstr(before, " test/Done/v1\n2 ") != NULL &&
		strstr(before, " test/Done/v2\n3 ") != NULL &&
		strstr(before, " test/Begun/v1\n") != NULL);
	must_pass("--assign", NULL);
	expect_text(read_text("ids.lock"), before);
	write_schema("Done", 3, "");
	must_pass("--assign", NULL);
	expect(strncmp(read_text("ids.lock"), before, strlen(before)) == 0);
	expect(strstr(read_text("ids.lock"), "\n4 ") != NULL);
}

TEST(a_version_without_an_id_is_refused)
{
	prepare();
	write_schema("Begun", 2, "");
	must_refuse("test/Begun/v2.avsc has no id yet. Hand one out: avro-gen --schemas ");
}

TEST(a_schema_that_was_changed_after_it_got_its_id_is_refused)
{
	prepare();
	write_schema("Done", 2, ",{\"name\":\"more\",\"type\":\"int\",\"default\":8}");
	must_refuse("test/Done/v2.avsc was changed after id 2 was given to it. Put it back");
	expect_int(run("--assign", NULL), 1);
}

TEST(a_schema_that_is_gone_is_refused)
{
	char path[PATH_SIZE];

	prepare();
	path_of(path, "test/Done/v2.avsc");
	unlink(path);
	must_refuse("id 2 belongs to test/Done/v2.avsc, which is gone");
	expect_int(run("--assign", NULL), 1);
}

/* ids.lock with one more line behind. */
static void add_line(const char *line)
{
	char text[OUTPUT_SIZE + 256];

	snprintf(text, sizeof(text), "%s%s\n", read_text("ids.lock"), line);
	write_text("ids.lock", text);
}

TEST(an_id_that_is_used_again_is_refused)
{
	prepare();
	write_schema("Begun", 2, "");
	add_line("3 0000000000000000 test/Begun/v2");
	must_refuse("id 3 (test/Begun/v2) is handed out twice or stands out of order");
}

TEST(a_schema_with_two_ids_is_refused)
{
	prepare();
	add_line("4 0000000000000000 test/Begun/v1");
	must_refuse("test/Begun/v1 has two ids, 3 and 4");
}

TEST(a_lock_that_cannot_be_read_is_refused)
{
	static const char *const lines[] = {"4", "4 0", "x 0 test/Begun/v1", "0 0 test/Begun/v1",
		"4294967296 0 test/Begun/v1", "-1 0 test/Begun/v1", "<<<<<<< HEAD"};

	prepare();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char before[OUTPUT_SIZE];

		snprintf(before, sizeof(before), "%s", read_text("ids.lock"));
		add_line(lines[i]);
		must_refuse("ids.lock: \"");
		write_text("ids.lock", before);
	}
	must_pass(NULL, NULL);
}

TEST(versions_that_cannot_read_each_other_are_refused)
{
	static const struct {
		const char *fields, *words;
	} evolutions[] = {
		{",{\"name\":\"must\",\"type\":\"int\"}",
			"test/Begun/v2.avsc cannot read what test/Begun/v1.avsc writes: "
			"Begun.must: is "
			"not written and has no default. Add fields with a default"},
		{"", "test/Begun/v1.avsc cannot read what test/Begun/v2.avsc writes: Begun.kept"},
		{",{\"name\":\"kept\",\"type\":\"long\"}",
			"Begun.kept: long is written, int cannot"},
		{",{\"name\":\"kept\",\"type\":[\"null\",\"int\"]}",
			"Begun.kept: null may be written"},
		{",{\"name\":\"renamed\",\"type\":\"int\",\"aliases\":[\"kept\"]}",
			"test/Begun/v1.avsc cannot read what test/Begun/v2.avsc writes: "
			"Begun.kept"},
		{",{\"name\":\"kept\",\"type\":{\"type\":\"string\",\"maxLength\":9}}",
			"Begun.kept: string is written, int"},
	};

	for (size_t i = 0; i < sizeof(evolutions) / sizeof(evolutions[0]); i++) {
		write_text("topics.conf", "test.events Begun\n");
		write_schema("Begun", 1, ",{\"name\":\"kept\",\"type\":\"int\"}");
		write_schema("Begun", 2,
			i == 0 ? ",{\"name\":\"kept\",\"type\":\"int\"},"
				 "{\"name\":\"must\",\"type\":\"int\"}"
			       : evolutions[i].fields);
		must_refuse(evolutions[i].words);
		expect_int(run("--assign", NULL), 1);
		expect(!exists("ids.lock"));
	}
}

TEST(every_version_is_held_to_every_other)
{
	write_text("topics.conf", "test.events Begun\n");
	write_schema("Begun", 1, "");
	write_schema("Begun", 2, ",{\"name\":\"a\",\"type\":\"int\",\"default\":1}");
	write_schema("Begun", 3, ",{\"name\":\"a\",\"type\":\"long\",\"default\":1}");
	must_refuse("test/Begun/v2.avsc cannot read what test/Begun/v3.avsc writes: Begun.a: long");
	write_schema("Begun", 3, ",{\"name\":\"a\",\"type\":\"int\"}");
	must_refuse(
		"test/Begun/v3.avsc cannot read what test/Begun/v1.avsc writes: Begun.a: is not");
}

TEST(backward_asks_only_new_to_read_old)
{
	write_text("topics.conf", "test.events Begun\n");
	write_schema("Begun", 1, ",{\"name\":\"a\",\"type\":\"int\"}");
	write_schema("Begun", 2, ",{\"name\":\"a\",\"type\":\"long\"}");
	expect_int(run("--compatibility", "backward"), 1);
	expect(strstr(output, "has no id yet") != NULL);
	write_schema("Begun", 2, ",{\"name\":\"b\",\"type\":\"int\"}");
	expect_int(run("--compatibility", "backward"), 1);
	expect(strstr(output, "Begun.b: is not written and has no default") != NULL);
}

TEST(topics_and_folders_must_agree)
{
	prepare();
	write_text("topics.conf", "test.events Done Begun Done\n");
	must_refuse("topics.conf: Done stands there twice");
	write_text("topics.conf", "test.events Done\n");
	must_refuse("Begun is in no line of topics.conf");
	write_text("topics.conf", "test.events Done Begun Lost\n");
	must_refuse("topics.conf: Lost has no schema");
	write_text("topics.conf", "test.events Done Begun\n");
	write_text("test/Begun/v1.avsc",
		"{\"type\":\"record\",\"name\":\"Other\",\"namespace\":"
		"\"lab.test\",\"fields\":[" ID "]}");
	must_refuse("test/Begun/v1.avsc: the record is named Other, the folder Begun");
	write_text("test/Begun/v1.avsc",
		"{\"type\":\"record\",\"name\":\"Begun\",\"namespace\":"
		"\"lab.other\",\"fields\":[" ID "]}");
	must_refuse("the namespace lab.other does not end with test");
	write_schema("Begun", 1, "");
	write_schema("Begun", 3, "");
	must_refuse("test/Begun/v2.avsc is missing");
	write_text("test/Begun/v03.avsc", "{}");
	must_refuse("versions are v1.avsc to v32.avsc");
}

TEST(the_key_must_be_there)
{
	write_text("topics.conf", "test.events Begun\n");
	write_text("test/Begun/v1.avsc",
		"{\"type\":\"record\",\"name\":\"Begun\",\"namespace\":\"lab.test\",\"fields\":["
		"{\"name\":\"orderId\",\"type\":\"long\"}]}");
	must_refuse("the key of every message is orderId, a uuid; it has none");
}

TEST(names_must_work_in_c)
{
	write_text("topics.conf", "test.events Begun\n");
	write_schema("Begun", 1, ",{\"name\":\"default\",\"type\":\"int\"}");
	must_refuse("default is a word of C");
	write_schema("Begun", 1, ",{\"name\":\"OrderId\",\"type\":\"int\"}");
	must_refuse("two things are called order_id in C");
	write_schema("Begun", 1,
		",{\"name\":\"a\",\"type\":{\"type\":\"array\",\"maxItems\":1,\"items\":\"int\"}},"
		"{\"name\":\"aCount\",\"type\":\"int\"}");
	must_refuse("two things are called a_count in C");
	write_schema("Begun", 1,
		",{\"name\":\"a\",\"type\":{\"type\":\"record\",\"name\":\"begun\",\"fields\":["
		"{\"name\":\"b\",\"type\":\"int\"}]}}");
	must_refuse("two things are called begun in C");
}

TEST(a_schema_that_is_wrong_is_named)
{
	prepare();
	write_text("test/Begun/v1.avsc", "{\"type\":\"record\",");
	must_refuse("test/Begun/v1.avsc: line 1 column 17");
	write_schema("Begun", 1, ",{\"name\":\"text\",\"type\":\"string\"}");
	must_refuse("test/Begun/v1.avsc: Begun.text: needs a bound, \"maxLength\"");
}

TEST(the_texts_of_schemas_are_written_without_white_space)
{
	char texts[PATH_SIZE];

	prepare();
	write_text("test/Begun/v1.avsc",
		"{\"type\": \"record\",\n\t\"name\": \"Begun\", \"namespace\": \"lab.test\",\n"
		"\"doc\": \"a \\\"b\\\\\", \"fields\": [" ID "]}\n");
	path_of(texts, "texts.c");
	must_pass("--texts", texts);
	expect(strstr(read_text("texts.c"),
		       "{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"Begun\\\","
		       "\\\"namespace\\\"") != NULL);
	expect(strstr(read_text("texts.c"), "\\\"a \\\\\\\"b\\\\\\\\\\\"") != NULL);
}

TESTS("generate", TEST_CASE(ids_are_handed_out_in_order_and_kept),
	TEST_CASE(a_version_without_an_id_is_refused),
	TEST_CASE(a_schema_that_was_changed_after_it_got_its_id_is_refused),
	TEST_CASE(a_schema_that_is_gone_is_refused), TEST_CASE(an_id_that_is_used_again_is_refused),
	TEST_CASE(a_schema_with_two_ids_is_refused),
	TEST_CASE(a_lock_that_cannot_be_read_is_refused),
	TEST_CASE(versions_that_cannot_read_each_other_are_refused),
	TEST_CASE(every_version_is_held_to_every_other),
	TEST_CASE(backward_asks_only_new_to_read_old), TEST_CASE(topics_and_folders_must_agree),
	TEST_CASE(the_key_must_be_there), TEST_CASE(names_must_work_in_c),
	TEST_CASE(a_schema_that_is_wrong_is_named),
	TEST_CASE(the_texts_of_schemas_are_written_without_white_space))
