/*
 * One access control list entry of Kafka, and the file that declares all of them: one line
 * each, "principal operations resource pattern name", columns parted by spaces, operations
 * by commas, # begins a comment. A line with three operations is three rules.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULES_MAX 512
#define PRINCIPAL_SIZE 80 /* with "User:" */
#define NAME_SIZE 250

/* The numbers are Kafka's (org.apache.kafka.common.acl, .resource). */
struct rule {
	char principal[PRINCIPAL_SIZE]; /* "User:payment" */
	char name[NAME_SIZE];
	int8_t operation, resource, pattern;
	bool unusual; /* denies, or is for one host: never declared, only found */
};

struct rules {
	struct rule list[RULES_MAX];
	size_t count;
};

/* FAULT_INPUT or FAULT_LIMIT names the line. */
int rules_parse(const char *text, struct rules *ret_rules);
/* Reads the file first; FAULT_SYSTEM when it cannot be read. */
int rules_read(const char *path, struct rules *ret_rules);

bool rules_have(const struct rules *rules, const struct rule *rule);
/* Those of @rules that @others have not. */
void rules_without(const struct rules *rules, const struct rules *others, struct rules *ret_left);

/* As the file says it; "?" for what it cannot say. */
const char *operation_name(int8_t operation);
const char *resource_name(int8_t resource);
const char *pattern_name(int8_t pattern);
