#include "scan.h"

#include <base/fault.h>
#include <json/json.h>
#include <stdint.h>
#include <string.h>

struct scan {
	const char *text;
	size_t size;
	size_t at;
	int depth;
	bool in_object[JSON_DEPTH_MAX + 1];
	size_t members[JSON_DEPTH_MAX + 1];
};

/* Counted only when something is wrong; a column is a character, not a byte. */
static int refuse(const struct scan *scan, const char *why)
{
	int line = 1, column = 1;

	for (size_t i = 0; i < scan->at; i++) {
		if (scan->text[i] == '\n') {
			line++;
			column = 1;
		} else if (((uint8_t)scan->text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	return fault(FAULT_INPUT, "line %d column %d: %s", line, column, why);
}

/* Leaves .at behind the closing quote, or at the end when there is none. */
static void skip_string(struct scan *scan)
{
	for (scan->at++; scan->at < scan->size; scan->at++) {
		if (scan->text[scan->at] == '\\')
			scan->at++;
		else if (scan->text[scan->at] == '"')
			break;
	}
	scan->at++;
}

static int scan_number(struct scan *scan)
{
	size_t end = scan->at;

	while (end < scan->size && scan->text[end] != '\0' &&
		strchr("+-.0123456789eE", scan->text[end]) != NULL)
		end++;
	for (size_t i = scan->at; i < end; i++)
		if (scan->text[i] == '.' || scan->text[i] == 'e' || scan->text[i] == 'E')
			return refuse(
				scan, "a whole number expected (amounts are text, \"12.30\")");
	scan->at = end;
	return 0;
}

static int scan_open(struct scan *scan)
{
	if (scan->depth == JSON_DEPTH_MAX)
		return refuse(scan, "nested too deeply");
	scan->depth++;
	scan->in_object[scan->depth] = scan->text[scan->at] == '{';
	scan->members[scan->depth] = 1;
	scan->at++;
	return 0;
}

static int scan_comma(struct scan *scan)
{
	if (scan->in_object[scan->depth] && ++scan->members[scan->depth] > JSON_MEMBERS_MAX)
		return refuse(scan, "too many members in one object");
	scan->at++;
	return 0;
}

static int scan_one(struct scan *scan)
{
	switch (scan->text[scan->at]) {
	case '"':
		skip_string(scan);
		return 0;
	case '{':
	case '[':
		return scan_open(scan);
	case '}':
	case ']':
		/* More closed than opened is the parser's to name. */
		scan->depth -= scan->depth > 0;
		scan->at++;
		return 0;
	case ',':
		return scan_comma(scan);
	case '-':
	case '0' ... '9':
		return scan_number(scan);
	default:
		scan->at++;
		return 0;
	}
}

int json_scan(const char *text, size_t size)
{
	struct scan scan = {.text = text, .size = size};
	const char *nul = memchr(text, '\0', size);

	if (nul != NULL) {
		/* Jansson takes one behind the value for the end of the text. */
		scan.at = (size_t)(nul - text);
		return refuse(&scan, "a NUL byte");
	}
	while (scan.at < scan.size) {
		int r = scan_one(&scan);
		if (r < 0)
			return r;
	}
	return 0;
}
