#include "rule.h"

#include <base/buffer.h>
#include <base/fault.h>
#include <stdio.h>
#include <string.h>

#define FILE_SIZE_MAX (64 << 10)
#define LINE_SIZE 512
#define COLUMNS 5

struct code {
	const char *name;
	int8_t code;
};

static const struct code OPERATIONS[] = {
	{"read", 3},
	{"write", 4},
	{"create", 5},
	{"delete", 6},
	{"alter", 7},
	{"describe", 8},
	{"describe-configs", 10},
	{"alter-configs", 11},
	{"idempotent-write", 12},
	{0},
};
static const struct code RESOURCES[] = {
	{"topic", 2},
	{"group", 3},
	{"cluster", 4},
	{"transactional-id", 5},
	{0},
};
static const struct code PATTERNS[] = {{"literal", 3}, {"prefixed", 4}, {0}};

/* 0 when there is none of that name. */
static int8_t code_of(const struct code *codes, const char *name)
{
	while (codes->name && strcmp(codes->name, name) != 0)
		codes++;
	return codes->code;
}

static const char *name_of(const struct code *codes, int8_t code)
{
	while (codes->name && codes->code != code)
		codes++;
	return codes->name ? codes->name : "?";
}

const char *operation_name(int8_t operation)
{
	return name_of(OPERATIONS, operation);
}

const char *resource_name(int8_t resource)
{
	return name_of(RESOURCES, resource);
}

const char *pattern_name(int8_t pattern)
{
	return name_of(PATTERNS, pattern);
}

static bool is_same(const struct rule *a, const struct rule *b)
{
	return a->operation == b->operation && a->resource == b->resource &&
		a->pattern == b->pattern && a->unusual == b->unusual &&
		strcmp(a->principal, b->principal) == 0 && strcmp(a->name, b->name) == 0;
}

bool rules_have(const struct rules *rules, const struct rule *rule)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (is_same(&rules->list[i], rule))
			return true;
	}
	return false;
}

void rules_without(const struct rules *rules, const struct rules *others, struct rules *ret_left)
{
	ret_left->count = 0;
	for (size_t i = 0; i < rules->count; i++) {
		if (!rules_have(others, &rules->list[i]))
			ret_left->list[ret_left->count++] = rules->list[i];
	}
}

static int add(struct rules *rules, int line, const struct rule *rule)
{
	if (rules_have(rules, rule))
		return fault(FAULT_INPUT, "line %d: %s may %s %s %s already", line,
			rule->principal + strlen("User:"), operation_name(rule->operation),
			resource_name(rule->resource), rule->name);
	if (rules->count == RULES_MAX)
		return fault(FAULT_LIMIT, "line %d: more than %d rules", line, RULES_MAX);
	rules->list[rules->count++] = *rule;
	return 0;
}

/* All that a line says but its operations. */
static int read_columns(int line, char *const columns[COLUMNS], struct rule *rule)
{
	*rule = (struct rule){
		.resource = code_of(RESOURCES, columns[2]),
		.pattern = code_of(PATTERNS, columns[3]),
	};
	if (rule->resource == 0)
		return fault(FAULT_INPUT,
			"line %d: topic, group, transactional-id or cluster, not \"%s\"", line,
			columns[2]);
	if (rule->pattern == 0)
		return fault(
			FAULT_INPUT, "line %d: literal or prefixed, not \"%s\"", line, columns[3]);
	if (strlen(columns[4]) >= sizeof(rule->name) ||
		strlen(columns[0]) >= sizeof(rule->principal) - strlen("User:"))
		return fault(FAULT_INPUT, "line %d: a name is too long", line);
	snprintf(rule->principal, sizeof(rule->principal), "User:%s", columns[0]);
	snprintf(rule->name, sizeof(rule->name), "%s", columns[4]);
	return 0;
}

static int read_line(struct rules *rules, int line, char *text)
{
	char *columns[COLUMNS + 1] = {0};
	struct rule rule;
	size_t count = 0;
	int r;

	text[strcspn(text, "#")] = '\0';
	for (char *word, *rest = text; (word = strsep(&rest, " \t\r")) != NULL;) {
		if (*word != '\0' && count <= COLUMNS)
			columns[count++] = word;
	}
	if (count == 0)
		return 0;
	if (count != COLUMNS)
		return fault(FAULT_INPUT,
			"line %d: expected principal, operations, resource, pattern and name",
			line);
	r = read_columns(line, columns, &rule);
	for (char *word, *rest = columns[1]; r == 0 && (word = strsep(&rest, ",")) != NULL;) {
		rule.operation = code_of(OPERATIONS, word);
		if (rule.operation == 0)
			return fault(FAULT_INPUT, "line %d: \"%s\" is no operation", line, word);
		r = add(rules, line, &rule);
	}
	return r;
}

int rules_parse(const char *text, struct rules *ret_rules)
{
	int r = 0;

	ret_rules->count = 0;
	for (int line = 1; *text && r == 0; line++) {
		size_t length = strcspn(text, "\n");
		char copy[LINE_SIZE];

		if (length >= sizeof(copy))
			return fault(FAULT_INPUT, "line %d is too long", line);
		snprintf(copy, sizeof(copy), "%.*s", (int)length, text);
		r = read_line(ret_rules, line, copy);
		text += length + (text[length] == '\n');
	}
	if (r == 0 && ret_rules->count == 0)
		return fault(FAULT_INPUT, "no rule is declared");
	return r;
}

int rules_read(const char *path, struct rules *ret_rules)
{
	BUFFER_CLEAN struct buffer text;
	int r;

	buffer_init(&text, FILE_SIZE_MAX);
	r = buffer_add_file(&text, path);
	if (r < 0)
		return r;
	return rules_parse(text.size > 0 ? text.data : "", ret_rules);
}
