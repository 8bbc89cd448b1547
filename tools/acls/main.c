/*
 * acls: tells Kafka who comes in by which password, and makes the access rules of a
 * declaration file, or says what is different.
 */
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/settings.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "line.h"
#include "rule.h"
#include "wire.h"

#define TIMEOUT_MS 15000
#define PAUSE_NS (20 * 1000 * 1000)

enum exit_code { EXIT_USAGE = 2, EXIT_DIFFERS = 3, EXIT_AWAY = 5 };

static const char *broker, *file, *users_directory, *ca, *certificate;
static bool look_only;

/* clang-format off */
static const struct setting SETTINGS[] = {
	{"file", SETTING_TEXT, &file, "deploy/kafka/acls.conf", .help = "the declaration"},
	{"users", SETTING_TEXT, &users_directory, "", .help = "directory of NAME/password: who comes in by SCRAM-SHA-512; empty: nobody is told of"},
	{"kafka.broker", SETTING_TEXT, &broker, "127.0.0.1:9094", .help = "host:port of a listener that asks for certificates"},
	{"kafka.ca", SETTING_TEXT, &ca, NULL, .help = "file (PEM) of the authority that signed the broker's certificate"},
	{"kafka.certificate", SETTING_TEXT, &certificate, NULL, .help = "file (PEM) with key and certificate of a super user"},
	{"look", SETTING_FLAG, &look_only, "false", .help = "make nothing, only compare"},
	{0},
};
/* clang-format on */

static const struct settings_program PROGRAM = {
	.name = "acls",
	.purpose =
		"Makes the access rules that are declared and missing, and sets passwords; takes "
		"nothing away.",
	.examples =
		"  acls --kafka-broker kafka:9094 --kafka-ca ca.pem --kafka-certificate acls.pem\n"
		"  acls --kafka-broker kafka:9094 --kafka-ca ca.pem --kafka-certificate acls.pem "
		"--look\n"
		"  acls --kafka-broker kafka:9094 --kafka-ca ca.pem --kafka-certificate acls.pem "
		"--users /run/users\n"
		"\n"
		"A rule that is there and not declared is told of: it allows what nobody wrote "
		"down.\n"
		"Exit codes: 0 all declared rules are there, 2 usage, 3 (--look) something is "
		"missing\n"
		"or not declared, 5 Kafka is away or refuses.\n",
	.tables = (const struct setting *const[]){SETTINGS, NULL},
};

static void print_rules(const struct rules *rules, const char *state)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];

		printf("%-14s %-17s %-17s %-9s %-24s %s%s\n", strchr(rule->principal, ':') + 1,
			operation_name(rule->operation), resource_name(rule->resource),
			pattern_name(rule->pattern), rule->name, state,
			rule->unusual ? " (denies, or for one host)" : "");
	}
}

static int ask_all(struct line *line, struct rules *ret_rules)
{
	BUFFER_CLEAN struct buffer request;
	BUFFER_CLEAN struct buffer answer;
	int r;

	buffer_init(&request, 0);
	buffer_init(&answer, WIRE_ANSWER_MAX);
	wire_ask_all(&request);
	r = line_ask(line, &request, &answer);
	return r < 0 ? r : wire_read_all(answer.data, answer.size, ret_rules);
}

static int create(struct line *line, const struct rules *missing)
{
	BUFFER_CLEAN struct buffer request;
	BUFFER_CLEAN struct buffer answer;
	int r;

	buffer_init(&request, 0);
	buffer_init(&answer, WIRE_ANSWER_MAX);
	wire_ask_create(missing, &request);
	r = line_ask(line, &request, &answer);
	return r < 0 ? r : wire_read_created(answer.data, answer.size, missing);
}

/* The controller has them; the broker that we ask has them a moment later. */
static int await_created(struct line *line, const struct rules *declared)
{
	static struct rules found, left;
	int64_t until_us = clock_monotonic_us() + TIMEOUT_MS * US_PER_MS;

	for (;;) {
		int r = ask_all(line, &found);

		if (r < 0)
			return r;
		rules_without(declared, &found, &left);
		if (left.count == 0)
			return 0;
		if (clock_monotonic_us() > until_us)
			return fault(FAULT_BUS, "new rules do not show on the broker yet");
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
	}
}

/* The exit code, or a fault. */
static int compare(struct line *line, const struct rules *declared)
{
	static struct rules found, missing, extra;
	int r = ask_all(line, &found);

	if (r < 0)
		return r;
	rules_without(declared, &found, &missing);
	rules_without(&found, declared, &extra);
	if (missing.count > 0 && !look_only) {
		r = create(line, &missing);
		if (r == 0)
			r = await_created(line, declared);
	}
	if (r < 0)
		return r;
	print_rules(&missing, look_only ? "missing" : "created");
	print_rules(&extra, "not declared");
	printf("%zu rules: %zu as declared, %zu %s, %zu more that are not declared\n",
		declared->count, declared->count - missing.count, missing.count,
		look_only ? "missing" : "created", extra.count);
	if (extra.count > 0)
		fputs("acls: what is not declared is left as it is: declare it, or take it away "
		      "with kafka-acls.sh --remove.\n",
			stderr);
	return look_only && (missing.count > 0 || extra.count > 0) ? EXIT_DIFFERS : 0;
}

/* At every start, each with another salt: who has the old password has none. */
static int set_users(struct line *line, const struct users *users)
{
	BUFFER_CLEAN struct buffer request;
	BUFFER_CLEAN struct buffer answer;
	int r;

	if (users->count == 0 || look_only)
		return 0;
	buffer_init(&request, 0);
	buffer_init(&answer, WIRE_ANSWER_MAX);
	wire_ask_users(users, &request);
	r = line_ask(line, &request, &answer);
	if (r == 0)
		r = wire_read_users(answer.data, answer.size, users);
	if (r == 0)
		printf("%zu users: their passwords are set\n", users->count);
	return r;
}

static int run(void)
{
	static struct rules declared;
	static struct users users;
	struct line *line = NULL;
	int r = rules_read(file, &declared);

	if (r == 0 && *users_directory)
		r = users_read(users_directory, &users);

	if (r == 0)
		r = line_open(
			&(struct line_config){
				.broker = broker,
				.ca = ca,
				.certificate = certificate,
				.timeout_ms = TIMEOUT_MS,
			},
			&line);
	if (r == 0)
		r = set_users(line, &users);
	if (r == 0)
		r = compare(line, &declared);
	line_close(line);
	return r;
}

int main(int argc, char **argv)
{
	int r = settings_read(&PROGRAM, argc, argv, NULL);

	if (r == SETTINGS_EXIT)
		return 0;
	log_init("acls", LOG_ERROR);
	if (r == 0)
		r = run();
	if (r >= 0)
		return r;
	fprintf(stderr, "acls: %s\n", fault_text());
	return r == FAULT_BUS || r == FAULT_BUS_CONFIG ? EXIT_AWAY : EXIT_USAGE;
}
