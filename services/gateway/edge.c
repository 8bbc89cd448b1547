#include "edge.h"

#include <base/fault.h>
#include <json/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ID_MAX 64

static int refuse(struct edge_problem *problem, int status, const char *slug, const char *title,
	const char *detail)
{
	*problem = (struct edge_problem){.status = status, .slug = slug, .title = title};
	(void)snprintf(problem->detail, sizeof(problem->detail), "%s", detail);
	return EDGE_REFUSED;
}

static int refuse_key(struct edge_problem *problem, const char *detail)
{
	return refuse(
		problem, 400, "idempotency-key", "Idempotency-Key missing or malformed", detail);
}

/* The length of the key; 0 when @field is no such string. */
static size_t unquote(const char *field, char key[static EDGE_KEY_MAX + 1])
{
	size_t size = 0;

	for (field++; *field != '"'; field++) {
		if (*field == '\\' && (field[1] == '"' || field[1] == '\\'))
			field++;
		else if (*field == '\0' || *field == '\\')
			return 0;
		if (size == EDGE_KEY_MAX)
			return 0;
		key[size++] = *field;
	}
	key[size] = '\0';
	return field[1] == '\0' ? size : 0;
}

static bool is_visible(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return *text == '\0';
}

int edge_read_key(
	const char *field, char ret_key[static EDGE_KEY_MAX + 1], struct edge_problem *ret_problem)
{
	char key[EDGE_KEY_MAX + 1];
	size_t size;

	if (field == NULL)
		return refuse_key(ret_problem,
			"Send a header Idempotency-Key, a new one for each order, the same one "
			"when "
			"asking again.");
	size = strlen(field);
	if (*field == '"')
		size = unquote(field, key);
	else if (size <= EDGE_KEY_MAX)
		memcpy(key, field, size + 1);
	if (size == 0 || size > EDGE_KEY_MAX || !is_visible(key))
		return refuse_key(ret_problem,
			"An Idempotency-Key is 1 to 255 visible ASCII characters, bare or in "
			"quotes.");
	memcpy(ret_key, key, size + 1);
	return 0;
}

int edge_check_type(const char *content_type, struct edge_problem *ret_problem)
{
	static const char wanted[] = "application/json";
	size_t size = sizeof(wanted) - 1;

	if (content_type != NULL && strncasecmp(content_type, wanted, size) == 0) {
		const char *rest = content_type + size + strspn(content_type + size, " ");

		if (*rest == '\0' || *rest == ';')
			return 0;
	}
	return refuse(ret_problem, 415, "unsupported-media-type", "Unsupported media type",
		"The body must be application/json.");
}

int edge_check_body(const char *body, size_t size, struct edge_problem *ret_problem)
{
	JSON_CLEAN struct json_document *document = NULL;
	enum json_kind kind;

	if (json_parse(body, size, &document) < 0)
		return refuse(ret_problem, 400, "malformed-json", "Malformed JSON", fault_text());
	kind = json_kind_of(json_root(document));
	if (kind == JSON_OBJECT)
		return 0;
	(void)refuse(ret_problem, 422, "wrong-type", "Wrong type", "");
	ret_problem->pointer = "";
	(void)snprintf(ret_problem->detail, sizeof(ret_problem->detail),
		"wanted is an object, this is %s", json_kind_name(kind));
	return EDGE_REFUSED;
}

bool edge_is_id(const char *text)
{
	size_t size = strspn(text,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789._:@-");

	return size >= 1 && size <= ID_MAX && text[size] == '\0';
}

bool edge_has_ended(const char *order, size_t size)
{
	JSON_CLEAN struct json_document *document = NULL;
	const struct json_value *status;
	const char *name;

	if (json_parse(order, size, &document) < 0 ||
		json_kind_of(json_root(document)) != JSON_OBJECT)
		return false;
	status = json_member(json_root(document), "status");
	if (status == NULL || json_kind_of(status) != JSON_TEXT)
		return false;
	name = json_string(status, NULL);
	return strcmp(name, "Completed") == 0 || strcmp(name, "Cancelled") == 0;
}

bool edge_is_object(const char *body, size_t size)
{
	JSON_CLEAN struct json_document *document = NULL;

	return json_parse(body, size, &document) == 0 &&
		json_kind_of(json_root(document)) == JSON_OBJECT;
}
