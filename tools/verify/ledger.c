#include "ledger.h"

#include <base/clock.h>
#include <base/fault.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 11
#define LINE_MAX_SIZE 1024

enum column {
	COLUMN_N,
	COLUMN_KEY,
	COLUMN_DUE,
	COLUMN_KIND,
	COLUMN_STATUS,
	COLUMN_HTTP,
	COLUMN_ORDER,
	COLUMN_END
};

void promises_finish(struct promises *promises)
{
	free(promises->list);
	free(promises->index);
	memset(promises, 0, sizeof(*promises));
}

static uint64_t digest(const char *key, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	/* FNV-1a, its end mixed once more: keys of a run differ in their last digits only. */
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)key[i]) * UINT64_C(0x100000001b3);
	return (hash ^ hash >> 29) * UINT64_C(0xff51afd7ed558ccd);
}

static uint32_t *slot_of(const struct promises *promises, uint64_t key)
{
	size_t slots = promises->capacity * 2, slot = (size_t)(key >> 20) % slots;

	while (promises->index[slot] != UINT32_MAX &&
		promises->list[promises->index[slot]].key != key)
		slot = (slot + 1) % slots;
	return &promises->index[slot];
}

static int grow(struct promises *promises)
{
	size_t capacity = promises->capacity ? promises->capacity * 2 : 1024;
	struct promise *list = reallocarray(promises->list, capacity, sizeof(*list));
	uint32_t *index;

	if (list)
		promises->list = list;
	index = reallocarray(promises->index, capacity * 2, sizeof(*index));
	if (index)
		promises->index = index;
	if (!list || !index)
		return fault(FAULT_SYSTEM, "out of memory for the ledgers");
	promises->capacity = capacity;
	memset(index, 0xff, capacity * 2 * sizeof(*index));
	for (size_t i = 0; i < promises->count; i++)
		*slot_of(promises, list[i].key) = (uint32_t)i;
	return 0;
}

struct columns {
	const char *text[COLUMNS];
	size_t size[COLUMNS];
};

static bool split(const char *line, struct columns *columns)
{
	for (int i = 0; i < COLUMNS; i++) {
		columns->text[i] = line;
		columns->size[i] = strcspn(line, "\t\r\n");
		line += columns->size[i];
		if (i + 1 < COLUMNS && *line++ != '\t')
			return false;
	}
	/* What a later version adds comes behind. */
	return true;
}

static bool is(const struct columns *columns, enum column column, const char *word)
{
	return strlen(word) == columns->size[column] &&
		memcmp(columns->text[column], word, columns->size[column]) == 0;
}

static uint8_t status_of(const struct columns *columns)
{
	static const char *const words[] = {[PROMISE_OK] = "ok",
		[PROMISE_FAIL] = "fail",
		[PROMISE_UNKNOWN] = "unknown",
		[PROMISE_UNSENT] = "unsent"};

	for (uint8_t i = PROMISE_OK; i <= PROMISE_UNSENT; i++) {
		if (is(columns, COLUMN_STATUS, words[i]))
			return i;
	}
	return 0;
}

int promises_add_line(struct promises *promises, const char *line)
{
	struct columns columns;
	struct promise promise = {0};

	if (!split(line, &columns))
		return fault(FAULT_INPUT, "not %d columns", COLUMNS);
	promise.status = status_of(&columns);
	if (promise.status == 0)
		return fault(FAULT_INPUT, "status is not ok, fail, unknown or unsent");
	if (clock_parse(columns.text[COLUMN_DUE], columns.size[COLUMN_DUE], &promise.due_us) < 0)
		return fault(FAULT_INPUT, "due is no time");
	if (promise.status == PROMISE_OK &&
		uuid_parse(columns.text[COLUMN_ORDER], columns.size[COLUMN_ORDER], &promise.order) <
			0)
		return fault(FAULT_INPUT, "order is no UUID");
	if (is(&columns, COLUMN_END, "completed"))
		promise.end = END_COMPLETED;
	else if (is(&columns, COLUMN_END, "cancelled"))
		promise.end = END_CANCELLED;
	promise.key = digest(columns.text[COLUMN_KEY], columns.size[COLUMN_KEY]);
	if (promises->count == promises->capacity && grow(promises) < 0)
		return FAULT_SYSTEM;
	/* A key that is used twice: the second is found by its order only. */
	if (*slot_of(promises, promise.key) == UINT32_MAX)
		*slot_of(promises, promise.key) = (uint32_t)promises->count;
	promises->list[promises->count++] = promise;
	return 0;
}

int promises_read(struct promises *promises, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[LINE_MAX_SIZE];
	int r = 0;

	if (!file)
		return fault(FAULT_USAGE, "--ledger: cannot read '%s': %m", path);
	for (long n = 1; r == 0 && fgets(line, sizeof(line), file); n++) {
		if (n == 1 && strncmp(line, "n\tkey\t", 6) == 0)
			continue;
		r = promises_add_line(promises, line);
		if (r < 0) {
			char words[100];

			snprintf(words, sizeof(words), "%s", fault_text());
			r = fault(FAULT_USAGE, "--ledger: '%s', line %ld: %s", path, n, words);
		}
	}
	fclose(file);
	return r;
}

struct promise *promises_find(struct promises *promises, const char *key)
{
	uint32_t slot;

	if (promises->count == 0)
		return NULL;
	slot = *slot_of(promises, digest(key, strlen(key)));
	return slot == UINT32_MAX ? NULL : &promises->list[slot];
}
