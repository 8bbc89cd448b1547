#include "declaration.h"

#include <base/buffer.h>
#include <base/fault.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX (64 << 10)
#define LINE_SIZE 512
#define PARTITIONS_MAX 1000
#define DAY_MS INT64_C(86400000)

static bool is_name(const char *text)
{
	size_t length =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return length > 0 && text[length] == '\0' && length < TOPIC_SIZE &&
		strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

static bool parse_count(const char *text, long max, const char **ret_rest, long *ret_count)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret_count = strtol(text, &end, 10);
	*ret_rest = end;
	return errno == 0 && *ret_count > 0 && *ret_count <= max;
}

/* "7d", "12h", "30m", "90s" or "forever". */
static bool parse_retention(const char *text, int64_t *ret_retention_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", DAY_MS}};
	const char *rest;
	long count;

	if (strcmp(text, "forever") == 0) {
		*ret_retention_ms = -1;
		return true;
	}
	if (!parse_count(text, 1000000, &rest, &count))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(rest, units[i].unit) == 0) {
			*ret_retention_ms = count * units[i].ms;
			return true;
		}
	}
	return false;
}

static bool is_declared(const struct declaration *declaration, const char *name)
{
	for (size_t i = 0; i < declaration->count; i++) {
		if (strcmp(declaration->names[i], name) == 0)
			return true;
	}
	return false;
}

static int add(struct declaration *declaration, int line, int replicas, char *const words[4])
{
	size_t at = declaration->count;
	struct bus_topic *topic = &declaration->topics[at];
	const char *rest;
	long partitions;

	if (at == BUS_TOPICS_DECLARED_MAX)
		return fault(
			FAULT_LIMIT, "line %d: more than %d topics", line, BUS_TOPICS_DECLARED_MAX);
	if (!is_name(words[0]))
		return fault(FAULT_INPUT, "line %d: \"%s\" is no topic name", line, words[0]);
	if (is_declared(declaration, words[0]))
		return fault(FAULT_INPUT, "line %d: %s is declared twice", line, words[0]);
	if (!parse_count(words[1], PARTITIONS_MAX, &rest, &partitions) || *rest)
		return fault(FAULT_INPUT, "line %d: partitions must be 1 to %d, not \"%s\"", line,
			PARTITIONS_MAX, words[1]);
	if (!parse_retention(words[2], &topic->retention_ms))
		return fault(FAULT_INPUT,
			"line %d: retention must be like 7d, 12h, 30m, 90s or forever, not \"%s\"",
			line, words[2]);
	if (strlen(words[3]) >= OWNER_SIZE)
		return fault(FAULT_INPUT, "line %d: the owner's name is too long", line);
	snprintf(declaration->names[at], TOPIC_SIZE, "%s", words[0]);
	snprintf(declaration->owners[at], OWNER_SIZE, "%s", words[3]);
	topic->name = declaration->names[at];
	topic->partitions = (int)partitions;
	topic->replicas = replicas;
	declaration->count++;
	return 0;
}

static int parse_line(struct declaration *declaration, int line, int replicas, char *text)
{
	char *words[5] = {0};
	size_t count = 0;

	text[strcspn(text, "#")] = '\0';
	for (char *word, *rest = text; (word = strsep(&rest, " \t\r")) != NULL;) {
		if (*word == '\0')
			continue;
		if (count == 4)
			return fault(FAULT_INPUT, "line %d: more than four columns", line);
		words[count++] = word;
	}
	if (count == 0)
		return 0;
	if (count < 4)
		return fault(FAULT_INPUT, "line %d: expected name, partitions, retention and owner",
			line);
	return add(declaration, line, replicas, words);
}

int declaration_parse(const char *text, int replicas, struct declaration *ret_declaration)
{
	int r = 0;

	*ret_declaration = (struct declaration){0};
	for (int line = 1; *text && r == 0; line++) {
		size_t length = strcspn(text, "\n");
		char copy[LINE_SIZE];

		if (length >= sizeof(copy))
			return fault(FAULT_INPUT, "line %d is too long", line);
		snprintf(copy, sizeof(copy), "%.*s", (int)length, text);
		r = parse_line(ret_declaration, line, replicas, copy);
		text += length + (text[length] == '\n');
	}
	if (r == 0 && ret_declaration->count == 0)
		return fault(FAULT_INPUT, "no topic is declared");
	return r;
}

int declaration_read(const char *path, int replicas, struct declaration *ret_declaration)
{
	BUFFER_CLEAN struct buffer text;
	int r;

	buffer_init(&text, FILE_SIZE_MAX);
	r = buffer_add_file(&text, path);
	if (r < 0)
		return r;
	return declaration_parse(text.size > 0 ? text.data : "", replicas, ret_declaration);
}
