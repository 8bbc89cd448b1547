#include "router.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* The bytes of the UTF-8 sequence at @text (RFC 3629); 0 when it is none. */
static size_t utf8_length(const unsigned char *text)
{
	/* The second byte's range rules out overlong forms, surrogates and what is above U+10FFFF.
	 */
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		length = 2;
	else if ((text[0] & 0xf0) == 0xe0)
		length = 3;
	else if (text[0] >= 0xf0 && text[0] <= 0xf4)
		length = 4;
	else
		return 0;

	if (text[0] == 0xe0)
		low = 0xa0;
	else if (text[0] == 0xed)
		high = 0x9f;
	else if (text[0] == 0xf0)
		low = 0x90;
	else if (text[0] == 0xf4)
		high = 0x8f;
	if (text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

static bool is_text(const char *text)
{
	const unsigned char *next = (const unsigned char *)text;

	while (*next != 0) {
		size_t length = utf8_length(next);

		if (length == 0 || *next < 0x20 || *next == 0x7f)
			return false;
		next += length;
	}
	return true;
}

/* Decodes up to the slash or the end; answers where it stopped, NULL on a bad escape. */
static const char *decode_segment(const char *raw, char **out)
{
	while (*raw != '\0' && *raw != '/') {
		int high, low;

		if (*raw != '%') {
			*(*out)++ = *raw++;
			continue;
		}
		high = hex_digit(raw[1]);
		low = high < 0 ? -1 : hex_digit(raw[2]);
		if (low < 0 || (high == 0 && low == 0))
			return NULL;
		*(*out)++ = (char)(high << 4 | low);
		raw += 3;
	}
	*(*out)++ = '\0';
	return raw;
}

int router_split(const char *raw, struct router_path *ret_path)
{
	char *parts = ret_path->parts, *text = ret_path->text;

	ret_path->count = 0;
	ret_path->text[0] = '\0';
	if (strlen(raw) > HTTP_PATH_MAX)
		return ROUTER_LONG;
	if (*raw != '/')
		return ROUTER_MALFORMED;

	while (*raw == '/') {
		const char *segment = parts;

		raw = decode_segment(raw + 1, &parts);
		if (raw == NULL || !is_text(segment))
			return ROUTER_MALFORMED;
		*text++ = '/';
		memcpy(text, segment, strlen(segment) + 1);
		text += strlen(segment);
		if (ret_path->count < ROUTER_SEGMENTS_MAX)
			ret_path->segments[ret_path->count] = segment;
		ret_path->count++;
	}
	return 0;
}

static bool is_dots(const char *segment)
{
	return strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0;
}

static bool segment_fits(const char *pattern, size_t size, const char *segment)
{
	if (size >= 2 && pattern[0] == '{' && pattern[size - 1] == '}')
		return *segment != '\0' && !is_dots(segment);
	return strlen(segment) == size && memcmp(pattern, segment, size) == 0;
}

static bool path_fits(
	const char *pattern, const struct router_path *path, const char *params[HTTP_PARAMS_MAX])
{
	size_t count = 0;

	if (path->count > ROUTER_SEGMENTS_MAX)
		return false;
	for (size_t i = 0; i < path->count; i++) {
		size_t size;

		if (*pattern != '/')
			return false;
		pattern++;
		size = strcspn(pattern, "/");
		if (!segment_fits(pattern, size, path->segments[i]))
			return false;
		if (*pattern == '{') {
			assert(count < HTTP_PARAMS_MAX);
			params[count++] = path->segments[i];
		}
		pattern += size;
	}
	return *pattern == '\0';
}

static void allow_add(char *allow, size_t size, const char *method)
{
	size_t used = strlen(allow), needed = strlen(method) + (used == 0 ? 0 : 2);

	if (strstr(allow, method) != NULL)
		return;
	assert(used + needed < size);
	if (used != 0) {
		memcpy(allow + used, ", ", 2);
		used += 2;
	}
	memcpy(allow + used, method, strlen(method) + 1);
}

int router_find(const struct http_route *routes, const char *method, const struct router_path *path,
	struct router_match *match)
{
	for (const struct http_route *route = routes; route->method != NULL; route++) {
		const char *params[HTTP_PARAMS_MAX] = {NULL};

		if (!path_fits(route->pattern, path, params))
			continue;
		if (strcmp(route->method, method) == 0) {
			match->route = route;
			memcpy(match->params, params, sizeof(params));
			return 0;
		}
		allow_add(match->allow, sizeof(match->allow), route->method);
	}
	return match->allow[0] != '\0' ? ROUTER_METHOD : ROUTER_MISSING;
}
