/*
 * The ledger of `orders`: what was promised to whom. One tab-separated line a request,
 *
 *   n key due kind status http order end answered_us arrived_us ended_us
 */
#pragma once

#include "facts.h"

#include <stdio.h>

enum promise_status { PROMISE_OK = 1, PROMISE_FAIL, PROMISE_UNKNOWN, PROMISE_UNSENT };

struct promise {
	uint64_t key; /* a digest: the text is not kept */
	struct uuid order;
	int64_t due_us;
	uint8_t status, end;
	bool found; /* the key's answer is in the database */
};

/* All lines of all ledgers; found by key. */
struct promises {
	struct promise *list;
	uint32_t *index;
	size_t count, capacity;
};

void promises_finish(struct promises *promises);
/* 0 with one line added; FAULT_INPUT says what is wrong with it. */
int promises_add_line(struct promises *promises, const char *line);
/* The whole file, its head skipped. FAULT_USAGE names the file, and the line. */
int promises_read(struct promises *promises, const char *path);
/* NULL when no ledger has the key. */
struct promise *promises_find(struct promises *promises, const char *key);
