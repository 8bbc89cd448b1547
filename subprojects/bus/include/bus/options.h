/*
 * How Kafka is reached by every program: the settings, and librdkafka's options that follow
 * from them.
 *
 * With any of the four below everything goes over TLS. A certificate says who we are; or
 * a user, who proves a password by SCRAM-SHA-512. kafka.options come last: they may say
 * otherwise. There is no way back to the clear when something of this fails.
 */
#pragma once

#include <base/settings.h>

#define BUS_OPTIONS_MAX 32
#define BUS_OPTIONS_TEXT_MAX 16384

struct bus_access {
	const char *options;     /* "name=value name=value" */
	const char *user;        /* NULL or "": none; so with the next three */
	const char *password;    /* never written anywhere */
	const char *certificate; /* a file in PEM: our key, and our certificate behind it */
	const char *ca;          /* a file in PEM; none: the certificates that OpenSSL trusts */
};

/* kafka.options, .user, .password[_FILE], .certificate, .ca; they fill bus_access. */
extern const struct setting bus_settings[];
extern struct bus_access bus_access;

struct bus_options {
	const char *list[BUS_OPTIONS_MAX + 1]; /* NULL-ended: config.options */
	char *text;                            /* what the list points into */
};

/* 0, or FAULT_USAGE that names the setting. */
int bus_options_init(struct bus_options *options, const struct bus_access *access);
void bus_options_finish(struct bus_options *options);
