#include <base/fault.h>
#include <bus/options.h>
#include <stdlib.h>
#include <string.h>

static int split(struct bus_options *options)
{
	size_t count = 0;
	char *rest = options->text;

	for (char *word; (word = strsep(&rest, " ")) != NULL;) {
		if (*word == '\0')
			continue;
		if (count == BUS_OPTIONS_MAX)
			return fault(FAULT_USAGE, "more than %d Kafka options", BUS_OPTIONS_MAX);
		if (strchr(word, '=') == NULL)
			return fault(FAULT_USAGE, "Kafka option \"%s\": expected name=value", word);
		options->list[count++] = word;
	}
	return 0;
}

int bus_options_init(struct bus_options *options, const char *text)
{
	int r;

	*options = (struct bus_options){.text = strdup(text ? text : "")};
	if (options->text == NULL)
		return fault(FAULT_SYSTEM, "no memory");
	r = split(options);
	if (r < 0)
		bus_options_finish(options);
	return r;
}

void bus_options_finish(struct bus_options *options)
{
	free(options->text);
	*options = (struct bus_options){0};
}
