#include "framing.h"

#include <http/server.h>

#include <civetweb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
const struct refusal refusal_malformed = {400, "malformed-request", "Malformed request",
	"The request is not well-formed HTTP/1.1."};
const struct refusal refusal_head_large = {431, "head-too-large", "Request head too large",
	"The request line and the header fields may have 16384 bytes and 63 fields."};
const struct refusal refusal_body_large = {413, "body-too-large", "Request body too large",
	"A body may have 65536 bytes."};
const struct refusal refusal_timeout = {408, "request-timeout", "Request took too long",
	"The head must arrive within 5 seconds, the body within 10."};
const struct refusal refusal_path = {400, "malformed-path", "Malformed path",
	"The path holds a bad percent-escape, a control character, or is not UTF-8."};
const struct refusal refusal_path_long = {414, "path-too-long", "Path too long",
	"A path may have 1024 bytes."};
const struct refusal refusal_missing = {404, "not-found", "No such resource",
	"Nothing is at this path."};
const struct refusal refusal_method = {405, "method-not-allowed", "Method not allowed",
	"The resource does not know this method; the Allow header names those it knows."};
const struct refusal refusal_stopping = {503, "stopping", "Service is stopping",
	"This process is about to end; another try will reach the next one."};
const struct refusal refusal_unavailable = {503, "unavailable", "Service unavailable",
	"Something this service needs is away or busy. The same request may work later."};
const struct refusal refusal_unknown = {504, "outcome-unknown", "Outcome unknown",
	"It may have been done or not: the database's answer was lost. The same request, with "
	"the same Idempotency-Key if it has one, finds out."};
const struct refusal refusal_internal = {500, "internal", "Internal error",
	"The request could not be handled. The log has the cause under the request id."};
const struct refusal refusal_version = {505, "http-version", "HTTP version not supported",
	"This server speaks HTTP/1.0 and HTTP/1.1."};

static const struct refusal refusal_length = {400, "ambiguous-length", "Ambiguous length",
	"The length of the body must be given once, as decimal digits, and not together "
	"with Transfer-Encoding."};
static const struct refusal refusal_chunked = {411, "length-required", "Length required",
	"Chunked bodies are not taken; send a Content-Length."};
static const struct refusal refusal_coding = {501, "transfer-coding", "Unknown transfer coding",
	"Bodies are taken as they are, with a Content-Length."};
static const struct refusal refusal_host = {400, "host-required", "One Host field required",
	"An HTTP/1.1 request carries exactly one Host field."};
static const struct refusal refusal_expect = {417, "expectation-failed", "Expectation failed",
	"The only expectation known is 100-continue."};
/* clang-format on */

/* Between a field's name and its value stand one colon (civetweb made it a NUL) and blanks. */
static bool name_is_clean(const struct mg_header *field)
{
	const char *next = field->name + strlen(field->name) + 1;

	while (next < field->value) {
		if (*next != ' ' && *next != '\t')
			return false;
		next++;
	}
	return true;
}

/*
 * civetweb overwrote CR and LF behind each value it parsed with NULs. Behind the
 * last value must stand the empty line, whose LF is the NUL that ends the head; if
 * anything else does, civetweb stopped before the end of the fields.
 */
static bool fields_end_at(const char *value)
{
	const char *end = value + strlen(value);

	return end[1] == '\0' && end[2] == '\r' && end[3] == '\0';
}

static const struct refusal *check_fields(
	const struct mg_request_info *info, struct framing *framing)
{
	const char *last;

	if (info->num_headers == 0)
		return &refusal_host;
	if (info->num_headers >= MG_MAX_HEADERS)
		return &refusal_head_large;
	for (int i = 0; i < info->num_headers; i++) {
		if (!name_is_clean(&info->http_headers[i]))
			return &refusal_malformed;
	}
	last = info->http_headers[info->num_headers - 1].value;
	if (!fields_end_at(last))
		return &refusal_malformed;
	framing->head_size = (size_t)(last + strlen(last) + 4 - info->request_method);
	return framing->head_size > HTTP_HEAD_MAX ? &refusal_head_large : NULL;
}

static size_t field_find(
	const struct mg_request_info *info, const char *name, const char **ret_value)
{
	size_t count = 0;

	*ret_value = NULL;
	for (int i = 0; i < info->num_headers; i++) {
		if (strcasecmp(info->http_headers[i].name, name) != 0)
			continue;
		if (count++ == 0)
			*ret_value = info->http_headers[i].value;
	}
	return count;
}

static const struct refusal *read_length(
	const struct mg_request_info *info, struct framing *framing)
{
	const char *length, *coding;
	size_t lengths = field_find(info, "Content-Length", &length);
	size_t codings = field_find(info, "Transfer-Encoding", &coding);

	framing->body_size = 0;
	if (codings != 0 && lengths != 0)
		return &refusal_length;
	if (codings != 0)
		return strcasecmp(coding, "chunked") == 0 ? &refusal_chunked : &refusal_coding;
	if (lengths == 0)
		return NULL;
	if (lengths > 1 || *length == '\0' || length[strspn(length, "0123456789")] != '\0')
		return &refusal_length;
	if (strlen(length) > 18 || strtoull(length, NULL, 10) > HTTP_BODY_MAX)
		return &refusal_body_large;
	framing->body_size = strtoull(length, NULL, 10);
	return NULL;
}

static bool list_has(const char *list, const char *token)
{
	size_t size = strlen(token);

	while (*list != '\0') {
		size_t length;

		list += strspn(list, ", \t");
		length = strcspn(list, ", \t");
		if (length == size && strncasecmp(list, token, size) == 0)
			return true;
		list += length;
	}
	return false;
}

const struct refusal *framing_read(const struct mg_request_info *info, struct framing *ret_framing)
{
	const struct refusal *refusal;
	const char *host, *expect, *connection;
	bool latest = strcmp(info->http_version, "1.1") == 0;

	*ret_framing = (struct framing){.keep_alive = false};
	if (!latest && info->num_headers == 0)
		return NULL;
	refusal = check_fields(info, ret_framing);
	if (refusal == NULL)
		refusal = read_length(info, ret_framing);
	if (refusal != NULL)
		return refusal;
	if (latest && field_find(info, "Host", &host) != 1)
		return &refusal_host;

	if (field_find(info, "Expect", &expect) != 0) {
		if (strcasecmp(expect, "100-continue") != 0)
			return &refusal_expect;
		ret_framing->expects_continue = latest;
	}
	/* The same rule as civetweb's own, which closes after a Connection it does not know. */
	if (field_find(info, "Connection", &connection) != 0)
		ret_framing->keep_alive =
			list_has(connection, "keep-alive") && !list_has(connection, "upgrade");
	else
		ret_framing->keep_alive = latest;
	return NULL;
}
