#include <base/fault.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char fault_words[512];

int fault(enum fault kind, const char *format, ...)
{
	int saved = errno;
	char words[sizeof(fault_words)];
	va_list arguments;

	/* Formatted aside first: the earlier words may be among the arguments. */
	va_start(arguments, format);
	if (vsnprintf(words, sizeof(words), format, arguments) < 0)
		words[0] = '\0';
	va_end(arguments);
	memcpy(fault_words, words, strlen(words) + 1);
	errno = saved;
	return kind;
}

const char *fault_text(void)
{
	return fault_words;
}

const char *fault_name(int result)
{
	switch (result) {
	case FAULT_NONE:
		return "FAULT_NONE";
	case FAULT_USAGE:
		return "FAULT_USAGE";
	case FAULT_INPUT:
		return "FAULT_INPUT";
	case FAULT_DB:
		return "FAULT_DB";
	case FAULT_DB_DATA:
		return "FAULT_DB_DATA";
	case FAULT_DB_CONFIG:
		return "FAULT_DB_CONFIG";
	case FAULT_BUS:
		return "FAULT_BUS";
	case FAULT_BUS_CONFIG:
		return "FAULT_BUS_CONFIG";
	case FAULT_PEER:
		return "FAULT_PEER";
	case FAULT_SYSTEM:
		return "FAULT_SYSTEM";
	case FAULT_LIMIT:
		return "FAULT_LIMIT";
	case FAULT_STATE:
		return "FAULT_STATE";
	case FAULT_DB_UNKNOWN:
		return "FAULT_DB_UNKNOWN";
	default:
		return "FAULT_UNKNOWN";
	}
}

_Bool fault_is_transient(int result)
{
	return result == FAULT_DB || result == FAULT_DB_UNKNOWN || result == FAULT_BUS ||
		result == FAULT_PEER;
}
