#include <base/fault.h>
#include <bus/options.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bus_access bus_access;

/* clang-format off */
const struct setting bus_settings[] = {
	{"kafka.options", SETTING_TEXT, &bus_access.options, "", .help = "librdkafka's options, name=value with spaces between"},
	{"kafka.user", SETTING_TEXT, &bus_access.user, "", .help = "whom to log in as, over TLS by SCRAM-SHA-512; empty: nobody"},
	{"kafka.password", SETTING_SECRET, &bus_access.password, "", .help = "password of that user"},
	{"kafka.certificate", SETTING_TEXT, &bus_access.certificate, "", .help = "file (PEM) with the key and certificate that say who we are; empty: none"},
	{"kafka.ca", SETTING_TEXT, &bus_access.ca, "", .help = "file (PEM) of the authority that signed the brokers' certificates"},
	{0},
};
/* clang-format on */

/* The list while it is made; .used of .text, which never moves. */
struct making {
	struct bus_options *options;
	size_t count, used;
};

static bool is_given(const char *text)
{
	return text != NULL && *text != '\0';
}

__attribute__((format(printf, 2, 3))) static int add(struct making *making, const char *format, ...)
{
	char *place = making->options->text + making->used;
	size_t room = BUS_OPTIONS_TEXT_MAX - making->used;
	va_list arguments;
	int size;

	if (making->count == BUS_OPTIONS_MAX)
		return fault(FAULT_USAGE, "more than %d Kafka options", BUS_OPTIONS_MAX);
	va_start(arguments, format);
	size = vsnprintf(place, room, format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= room)
		return fault(FAULT_USAGE, "the Kafka options are too long together");
	making->used += (size_t)size + 1;
	making->options->list[making->count++] = place;
	return 0;
}

static int add_user(struct making *making, const struct bus_access *access)
{
	int r;

	if (!is_given(access->user))
		return is_given(access->password)
			? fault(FAULT_USAGE, "KAFKA_PASSWORD is given, and no user: set KAFKA_USER")
			: 0;
	if (!is_given(access->password))
		return fault(FAULT_USAGE,
			"KAFKA_USER is %s, and there is no password: set KAFKA_PASSWORD_FILE",
			access->user);
	r = add(making, "sasl.mechanism=SCRAM-SHA-512");
	if (r == 0)
		r = add(making, "sasl.username=%s", access->user);
	return r < 0 ? r : add(making, "sasl.password=%s", access->password);
}

/* librdkafka would name neither the file nor the setting. */
static int add_file(
	struct making *making, const char *option, const char *variable, const char *path)
{
	if (!is_given(path))
		return 0;
	if (faccessat(AT_FDCWD, path, R_OK, 0) < 0)
		return fault(FAULT_USAGE, "%s: cannot read '%s': %m", variable, path);
	return add(making, "%s=%s", option, path);
}

static int add_tls(struct making *making, const struct bus_access *access)
{
	int r;

	if (!is_given(access->user) && !is_given(access->certificate) && !is_given(access->ca))
		return 0;
	r = add(making, "security.protocol=%s", is_given(access->user) ? "sasl_ssl" : "ssl");
	if (r == 0)
		r = add_file(making, "ssl.ca.location", "KAFKA_CA", access->ca);
	if (r == 0)
		r = add_file(making, "ssl.certificate.location", "KAFKA_CERTIFICATE",
			access->certificate);
	return r < 0
		? r
		: add_file(making, "ssl.key.location", "KAFKA_CERTIFICATE", access->certificate);
}

/* The words between the spaces of @text. */
static int add_words(struct making *making, const char *text)
{
	int r = 0;

	for (size_t size; r == 0 && *text; text += size) {
		text += strspn(text, " ");
		size = strcspn(text, " ");
		if (size > 0 && memchr(text, '=', size) == NULL)
			return fault(FAULT_USAGE, "Kafka option \"%.*s\": expected name=value",
				(int)size, text);
		if (size > 0)
			r = add(making, "%.*s", (int)size, text);
	}
	return r;
}

int bus_options_init(struct bus_options *options, const struct bus_access *access)
{
	struct making making = {.options = options};
	int r;

	*options = (struct bus_options){.text = malloc(BUS_OPTIONS_TEXT_MAX)};
	if (options->text == NULL)
		return fault(FAULT_SYSTEM, "no memory");
	r = add_tls(&making, access);
	if (r == 0)
		r = add_user(&making, access);
	if (r == 0 && access->options)
		r = add_words(&making, access->options);
	if (r < 0)
		bus_options_finish(options);
	return r;
}

void bus_options_finish(struct bus_options *options)
{
	if (options->text)
		explicit_bzero(options->text, BUS_OPTIONS_TEXT_MAX);
	free(options->text);
	*options = (struct bus_options){0};
}
