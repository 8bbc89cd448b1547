#include <base/fault.h>
#include <http/server.h>
#include <string.h>

/* One "name=value" of a query. */
struct pair {
	const char *name, *value;
	size_t name_size, value_size;
};

/* The pair at *@at, which moves on; false at the end. Empty ones ("a=1&&b=2") are passed over. */
static bool next_pair(const char **at, struct pair *ret_pair)
{
	const char *equals;
	size_t size;

	if (!*at)
		return false;
	*at += strspn(*at, "&");
	size = strcspn(*at, "&");
	if (size == 0)
		return false;
	equals = memchr(*at, '=', size);
	ret_pair->name = *at;
	ret_pair->name_size = equals ? (size_t)(equals - *at) : size;
	ret_pair->value = equals ? equals + 1 : *at + size;
	ret_pair->value_size = (size_t)(*at + size - ret_pair->value);
	*at += size;
	return true;
}

static bool is_called(const struct pair *pair, const char *name)
{
	return strlen(name) == pair->name_size && memcmp(name, pair->name, pair->name_size) == 0;
}

static int digit(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	letter |= 0x20;
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* One byte of a value, *@at moves behind it; -1 for a broken escape, and for %00. */
static int decode(const char **at, const char *end)
{
	int high, low;

	if (**at == '+') {
		(*at)++;
		return ' ';
	}
	if (**at != '%')
		return (unsigned char)*(*at)++;
	if (end - *at < 3)
		return -1;
	high = digit((*at)[1]);
	low = digit((*at)[2]);
	*at += 3;
	return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

static int copy_value(const struct pair *pair, const char *name, char *ret_value, size_t size)
{
	const char *at = pair->value, *end = pair->value + pair->value_size;
	size_t length = 0;

	while (at < end) {
		int byte = decode(&at, end);

		if (byte < 0)
			return fault(FAULT_INPUT, "%s has an escape that is none", name);
		if (length + 1 >= size)
			return fault(FAULT_INPUT, "%s has more than %zu bytes", name, size - 1);
		ret_value[length++] = (char)byte;
	}
	ret_value[length] = '\0';
	return 0;
}

int http_query_get(
	const struct http_request *request, const char *name, char *ret_value, size_t size)
{
	const char *at = request->query;
	struct pair pair, found;
	bool is_there = false;

	while (next_pair(&at, &pair)) {
		if (!is_called(&pair, name))
			continue;
		if (is_there)
			return fault(FAULT_INPUT, "%s is given twice", name);
		found = pair;
		is_there = true;
	}
	return is_there ? copy_value(&found, name, ret_value, size) : HTTP_QUERY_ABSENT;
}

int http_query_check(const struct http_request *request, const char *const *names)
{
	const char *at = request->query;
	struct pair pair;

	while (next_pair(&at, &pair)) {
		size_t i = 0;

		while (names[i] && !is_called(&pair, names[i]))
			i++;
		if (!names[i])
			return fault(FAULT_INPUT, "there is no parameter %.*s",
				(int)(pair.name_size < 40 ? pair.name_size : 40), pair.name);
	}
	return 0;
}
