#include "wire.h"

#include <base/fault.h>
#include <string.h>

#define DESCRIBE_ACLS 29
#define CREATE_ACLS 30
#define ALTER_USER_SCRAM_CREDENTIALS 51
#define SCRAM_SHA_512 2
#define ANY 1
#define ALLOW 3
#define CLUSTER_AUTHORIZATION_FAILED 31

static void put(struct buffer *out, uint32_t number, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		buffer_add_byte(out, (uint8_t)(number >> (8 * i)));
}

static void put_text(struct buffer *out, const char *text)
{
	put(out, (uint32_t)strlen(text), 2);
	buffer_add_text(out, text);
}

/* A filter's field that asks for nothing in particular. */
static void put_null(struct buffer *out)
{
	put(out, 0xffff, 2);
}

/* What is in front of every request, @body with its size. */
static void put_request(
	struct buffer *out, uint32_t api, uint32_t version, const struct buffer *body)
{
	static const char client[] = "acls";

	put(out, (uint32_t)(2 + 2 + 4 + 2 + sizeof(client) - 1 + body->size), 4);
	put(out, api, 2);
	put(out, version, 2);
	put(out, api, 4); /* comes back with the answer */
	put_text(out, client);
	buffer_add(out, body->data, body->size);
}

void wire_ask_all(struct buffer *out)
{
	BUFFER_CLEAN struct buffer body;

	buffer_init(&body, 64);
	put(&body, ANY, 1); /* resource, its name, its pattern */
	put_null(&body);
	put(&body, ANY, 1);
	put_null(&body); /* principal, host */
	put_null(&body);
	put(&body, ANY, 1); /* operation, permission */
	put(&body, ANY, 1);
	put_request(out, DESCRIBE_ACLS, 1, &body);
}

void wire_ask_create(const struct rules *rules, struct buffer *out)
{
	BUFFER_CLEAN struct buffer body;

	buffer_init(&body, WIRE_ANSWER_MAX);
	put(&body, (uint32_t)rules->count, 4);
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];

		put(&body, (uint32_t)rule->resource, 1);
		put_text(&body, rule->name);
		put(&body, (uint32_t)rule->pattern, 1);
		put_text(&body, rule->principal);
		put_text(&body, "*"); /* from any host */
		put(&body, (uint32_t)rule->operation, 1);
		put(&body, ALLOW, 1);
	}
	put_request(out, CREATE_ACLS, 1, &body);
}

/* As flexible versions have it (KIP-482): one more than the size, in at most two bytes here. */
static void put_size(struct buffer *out, size_t size)
{
	if (size + 1 > 0x7f)
		put(out, (uint32_t)(((size + 1) & 0x7f) | 0x80), 1);
	put(out, (uint32_t)(size + 1 > 0x7f ? (size + 1) >> 7 : size + 1), 1);
}

static void put_bytes(struct buffer *out, const void *bytes, size_t size)
{
	put_size(out, size);
	buffer_add(out, bytes, size);
}

void wire_ask_users(const struct users *users, struct buffer *out)
{
	BUFFER_CLEAN struct buffer body;

	buffer_init(&body, WIRE_ANSWER_MAX);
	put(&body, 0, 1);   /* the header's tagged fields: none, here and below */
	put_size(&body, 0); /* nobody is taken away */
	put_size(&body, users->count);
	for (size_t i = 0; i < users->count; i++) {
		const struct user *user = &users->list[i];

		put_bytes(&body, user->name, strlen(user->name));
		put(&body, SCRAM_SHA_512, 1);
		put(&body, SCRAM_ROUNDS, 4);
		put_bytes(&body, user->salt, sizeof(user->salt));
		put_bytes(&body, user->salted, sizeof(user->salted));
		put(&body, 0, 1);
	}
	put(&body, 0, 1);
	put_request(out, ALTER_USER_SCRAM_CREDENTIALS, 0, &body);
}

/* The bytes of an answer; .failed once and for all when they end too early. */
struct answer {
	const unsigned char *at, *end;
	bool failed;
};

static int32_t take(struct answer *answer, int bytes)
{
	uint32_t number = 0;

	if (answer->end - answer->at < bytes) {
		answer->failed = true;
		return 0;
	}
	for (int i = 0; i < bytes; i++)
		number = number << 8 | *answer->at++;
	return bytes == 2 ? (int16_t)number : bytes == 1 ? (int8_t)number : (int32_t)number;
}

/* NULL (@size below 0) or longer than @room: "" and, if longer, failed. */
static void take_bytes(struct answer *answer, int32_t size, char *text, size_t room)
{
	*text = '\0';
	if (size < 0)
		return;
	if (size > answer->end - answer->at || (size_t)size >= room) {
		answer->failed = true;
		return;
	}
	memcpy(text, answer->at, (size_t)size);
	text[size] = '\0';
	answer->at += size;
}

static void take_text(struct answer *answer, char *text, size_t room)
{
	take_bytes(answer, take(answer, 2), text, room);
}

/* As put_size(): the size, or -1 for what is null. */
static int32_t take_size(struct answer *answer)
{
	int32_t low = take(answer, 1) & 0xff;

	return (low & 0x80 ? (low & 0x7f) | take(answer, 1) << 7 : low) - 1;
}

static void take_compact_text(struct answer *answer, char *text, size_t room)
{
	take_bytes(answer, take_size(answer), text, room);
}

static int begin(struct answer *answer, const char *bytes, size_t size, int32_t api)
{
	*answer = (struct answer){
		.at = (const unsigned char *)bytes, .end = (const unsigned char *)bytes + size};
	if (take(answer, 4) != api || answer->failed)
		return fault(FAULT_INPUT, "the broker's answer is to something else");
	(void)take(answer, 4); /* how long it made us wait */
	return 0;
}

static int check_end(const struct answer *answer)
{
	if (answer->failed || answer->at != answer->end)
		return fault(FAULT_INPUT, "the broker's answer is no answer");
	return 0;
}

static int refuse(const char *what, int32_t error, const char *words)
{
	return fault(FAULT_BUS_CONFIG, "%s: %s (error %d)%s", what,
		*words ? words : "the broker says no", (int)error,
		error == CLUSTER_AUTHORIZATION_FAILED
			? "; only a super user of Kafka's may: look at the certificate"
			: "");
}

/* The entries of one resource, whose own columns are in @rule. */
static void take_entries(struct answer *answer, struct rule *rule, struct rules *rules)
{
	int32_t count = take(answer, 4);

	for (int32_t i = 0; i < count && !answer->failed; i++) {
		char host[NAME_SIZE];
		bool allows;

		take_text(answer, rule->principal, sizeof(rule->principal));
		take_text(answer, host, sizeof(host));
		rule->operation = (int8_t)take(answer, 1);
		allows = take(answer, 1) == ALLOW;
		rule->unusual = !allows || strcmp(host, "*") != 0;
		if (rules->count == RULES_MAX)
			answer->failed = true;
		if (!answer->failed)
			rules->list[rules->count++] = *rule;
	}
}

int wire_read_all(const char *bytes, size_t size, struct rules *ret_rules)
{
	struct answer answer;
	char words[512];
	int32_t error, count;
	int r = begin(&answer, bytes, size, DESCRIBE_ACLS);

	if (r < 0)
		return r;
	ret_rules->count = 0;
	error = take(&answer, 2);
	take_text(&answer, words, sizeof(words));
	if (error && !answer.failed)
		return refuse("list the rules", error, words);
	count = take(&answer, 4);
	for (int32_t i = 0; i < count && !answer.failed; i++) {
		struct rule rule = {.resource = (int8_t)take(&answer, 1)};

		take_text(&answer, rule.name, sizeof(rule.name));
		rule.pattern = (int8_t)take(&answer, 1);
		take_entries(&answer, &rule, ret_rules);
	}
	return check_end(&answer);
}

int wire_read_created(const char *bytes, size_t size, const struct rules *asked)
{
	struct answer answer;
	char words[512];
	int32_t count;
	int r = begin(&answer, bytes, size, CREATE_ACLS);

	if (r < 0)
		return r;
	count = take(&answer, 4);
	if (count != (int32_t)asked->count)
		return fault(FAULT_INPUT, "the broker answered to %d rules of %zu", (int)count,
			asked->count);
	for (int32_t i = 0; i < count; i++) {
		int32_t error = take(&answer, 2);

		take_text(&answer, words, sizeof(words));
		if (error && !answer.failed)
			return refuse(asked->list[i].name, error, words);
	}
	return check_end(&answer);
}

int wire_read_users(const char *bytes, size_t size, const struct users *asked)
{
	struct answer answer = {
		.at = (const unsigned char *)bytes, .end = (const unsigned char *)bytes + size};
	char name[USER_NAME_SIZE], words[512];
	int32_t count;

	if (take(&answer, 4) != ALTER_USER_SCRAM_CREDENTIALS)
		return fault(FAULT_INPUT, "the broker's answer is to something else");
	(void)take(&answer, 1); /* tagged fields: none */
	(void)take(&answer, 4);
	count = take_size(&answer);
	if (count != (int32_t)asked->count)
		return fault(FAULT_INPUT, "the broker answered to %d users of %zu", (int)count,
			asked->count);
	for (int32_t i = 0; i < count; i++) {
		int32_t error;

		take_compact_text(&answer, name, sizeof(name));
		error = take(&answer, 2);
		take_compact_text(&answer, words, sizeof(words));
		(void)take(&answer, 1);
		if (error && !answer.failed)
			return refuse(name, error, words);
	}
	(void)take(&answer, 1);
	return check_end(&answer);
}
