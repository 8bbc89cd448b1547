#include "link.h"

#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define URL_TCP "redis://"
#define URL_UNIX "unix:"
#define PORT_MAX 65535

struct link {
	redisContext *context;
	int64_t errors;
};

static int read_tcp(struct link_address *address, const char *text)
{
	const char *colon = strrchr(text, ':');
	char *end = NULL;
	long port = colon == NULL ? 0 : strtol(colon + 1, &end, 10);

	if (colon == NULL || colon == text || port < 1 || port > PORT_MAX || *end != '\0')
		return -1;
	address->host = strndup(text, (size_t)(colon - text));
	address->port = (int)port;
	return address->host == NULL ? -1 : 0;
}

static int read_unix(struct link_address *address, const char *text)
{
	if (*text != '/')
		return -1;
	address->path = strdup(text);
	return address->path == NULL ? -1 : 0;
}

int link_address_init(struct link_address *address, const struct cache_config *config)
{
	const char *url = config->url;
	int r = -1;

	*address = (struct link_address){.timeout_ms = config->timeout_ms};
	if (strncmp(url, URL_TCP, strlen(URL_TCP)) == 0)
		r = read_tcp(address, url + strlen(URL_TCP));
	else if (strncmp(url, URL_UNIX, strlen(URL_UNIX)) == 0)
		r = read_unix(address, url + strlen(URL_UNIX));
	if (r < 0) {
		link_address_finish(address);
		return fault(FAULT_USAGE,
			"redis.url: \"%s\" is neither redis://host:port nor unix:/path", url);
	}
	if (config->password != NULL && config->password[0] != '\0')
		address->password = strdup(config->password);
	if (config->user != NULL && config->user[0] != '\0')
		address->user = strdup(config->user);
	return 0;
}

void link_address_finish(struct link_address *address)
{
	free(address->host);
	free(address->path);
	free(address->user);
	free(address->password);
	*address = (struct link_address){0};
}

static int link_fault(const struct link *link)
{
	return fault(FAULT_PEER, "Redis: %s", link->context->errstr);
}

static int authenticate(struct link *link, const struct link_address *address)
{
	struct link_command auth = {.count = 2, .arguments = {"AUTH", address->password}};
	redisReply *replies[LINK_COMMANDS_MAX];
	int r;

	if (address->user != NULL)
		auth = (struct link_command){
			.count = 3, .arguments = {"AUTH", address->user, address->password}};
	r = link_exchange(link, &auth, 1, replies);
	if (r == 0 && replies[0]->type == REDIS_REPLY_ERROR)
		r = fault(FAULT_PEER, "Redis refuses user or password: %s", replies[0]->str);
	link_replies_free(replies);
	return r;
}

bool link_made_after(const struct link *link, int64_t errors)
{
	return link->errors == errors;
}

struct link *link_create(const struct link_address *address, int64_t errors)
{
	const struct timeval timeout = {.tv_sec = address->timeout_ms / 1000,
		.tv_usec = address->timeout_ms % 1000 * US_PER_MS};
	struct link *link = calloc(1, sizeof(*link));
	int r = 0;

	if (link != NULL && address->path != NULL)
		link->context = redisConnectUnixWithTimeout(address->path, timeout);
	else if (link != NULL)
		link->context = redisConnectWithTimeout(address->host, address->port, timeout);
	if (link == NULL || link->context == NULL) {
		(void)fault(FAULT_PEER, "no memory for a connection to Redis");
		free(link);
		return NULL;
	}
	link->errors = errors;
	if (link->context->err != 0 || redisSetTimeout(link->context, timeout) != REDIS_OK)
		r = link_fault(link);
	if (r == 0 && address->password != NULL)
		r = authenticate(link, address);
	if (r < 0) {
		link_destroy(link);
		return NULL;
	}
	return link;
}

void link_destroy(struct link *link)
{
	if (link == NULL)
		return;
	redisFree(link->context);
	free(link);
}

static int read_reply(struct link *link, redisReply **ret_reply)
{
	void *reply = NULL;

	if (redisGetReply(link->context, &reply) != REDIS_OK)
		return link_fault(link);
	*ret_reply = reply;
	return 0;
}

int link_exchange(struct link *link, struct link_command *commands, size_t count,
	redisReply *ret_replies[LINK_COMMANDS_MAX])
{
	int r = 0;

	assert(count <= LINK_COMMANDS_MAX);
	memset(ret_replies, 0, LINK_COMMANDS_MAX * sizeof(ret_replies[0]));
	for (size_t i = 0; i < count; i++) {
		struct link_command *command = &commands[i];

		for (int j = 0; j < command->count; j++) {
			if (command->sizes[j] == 0)
				command->sizes[j] = strlen(command->arguments[j]);
		}
		if (redisAppendCommandArgv(link->context, command->count, command->arguments,
			    command->sizes) != REDIS_OK)
			return link_fault(link);
	}
	for (size_t i = 0; r == 0 && i < count; i++)
		r = read_reply(link, &ret_replies[i]);
	return r;
}

void link_replies_free(redisReply *replies[LINK_COMMANDS_MAX])
{
	for (size_t i = 0; i < LINK_COMMANDS_MAX; i++) {
		/* hiredis 0.14 takes no NULL. */
		if (replies[i] != NULL)
			freeReplyObject(replies[i]);
	}
}
