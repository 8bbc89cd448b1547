#include "circuit.h"
#include "count.h"
#include "frame.h"
#include "link.h"

#include <cache/cache.h>

#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define PREFIX_MAX 32
#define NAME_SIZE (PREFIX_MAX + CACHE_KEY_MAX + 4)
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 2000
/* What can be a frame of ours, and one byte that tells that it is none. */
#define READ_MAX (FRAME_HEADER_SIZE + CACHE_VALUE_MAX)

/* Stores a value while every lease it was loaded under is still there. */
static const char SET_SCRIPT[] = "for i = 2, #KEYS do"
				 " if redis.call('GET', KEYS[i]) ~= ARGV[i + 1] then return 0 end "
				 "end "
				 "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) "
				 "return 1";

struct cache {
	struct link_address address;
	char prefix[PREFIX_MAX + 1];
	struct circuit circuit;
	pthread_key_t link; /* this thread's connection, or NULL */
	/* Counts errors: connections older than the last are not trusted, they may be as dead. */
	_Atomic int64_t errors;
};

/* One call: the thread's connection, what is said over it, what comes back. */
struct call {
	struct cache *cache;
	struct link *link;
	struct link_command commands[LINK_COMMANDS_MAX];
	size_t count;
	redisReply *replies[LINK_COMMANDS_MAX];
};

/* What an entry is called in Redis. */
struct names {
	char value[NAME_SIZE], lease[NAME_SIZE];
	char group[NAME_SIZE]; /* the group's lease, or "" */
};

static void destroy_link(void *link)
{
	link_destroy(link);
}

int cache_create(const struct cache_config *config, struct cache **ret_cache)
{
	struct cache *cache;
	int r;

	if (strlen(config->prefix) > PREFIX_MAX)
		return fault(FAULT_USAGE, "a prefix of keys has at most %d bytes", PREFIX_MAX);
	cache = calloc(1, sizeof(*cache));
	if (cache == NULL)
		return fault(FAULT_SYSTEM, "no memory for a cache");
	r = link_address_init(&cache->address, config);
	if (r == 0 && pthread_key_create(&cache->link, destroy_link) != 0) {
		link_address_finish(&cache->address);
		r = fault(FAULT_SYSTEM, "no thread key for a cache");
	}
	if (r < 0) {
		free(cache);
		return r;
	}
	(void)snprintf(cache->prefix, sizeof(cache->prefix), "%s", config->prefix);
	circuit_init(&cache->circuit, PAUSE_FIRST_MS, PAUSE_MAX_MS);
	count_init();
	*ret_cache = cache;
	return 0;
}

void cache_destroy(struct cache *cache)
{
	if (cache == NULL)
		return;
	link_destroy(pthread_getspecific(cache->link));
	pthread_key_delete(cache->link);
	link_address_finish(&cache->address);
	circuit_finish(&cache->circuit);
	free(cache);
}

static void drop_link(struct call *call)
{
	link_destroy(call->link);
	call->link = NULL;
	(void)pthread_setspecific(call->cache->link, NULL);
}

/* Whatever went wrong, the connection's state is not known any more. */
static int failed(struct call *call)
{
	drop_link(call);
	atomic_fetch_add(&call->cache->errors, 1);
	count_error();
	if (circuit_failed(&call->cache->circuit, clock_monotonic_us()))
		log_fault(LOG_WARNING, FAULT_PEER, "reads go on without the cache");
	count_circuit(true);
	return FAULT_PEER;
}

static int connect_link(struct call *call)
{
	int64_t errors = atomic_load(&call->cache->errors);

	call->link = pthread_getspecific(call->cache->link);
	if (call->link != NULL && link_made_after(call->link, errors))
		return 0;
	drop_link(call);
	call->link = link_create(&call->cache->address, errors);
	if (call->link == NULL)
		return FAULT_PEER;
	(void)pthread_setspecific(call->cache->link, call->link);
	return 0;
}

static bool is_wrong_type(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ERROR &&
		strncmp(reply->str, "WRONGTYPE", strlen("WRONGTYPE")) == 0;
}

/* That a key holds something else is about that key; any other error is about Redis. */
static int check_replies(const struct call *call)
{
	for (size_t i = 0; i < call->count; i++) {
		const redisReply *reply = call->replies[i];

		if (reply->type == REDIS_REPLY_ERROR && !is_wrong_type(reply))
			return fault(FAULT_PEER, "Redis: %s", reply->str);
	}
	return 0;
}

/* 0 with a reply for each command, or FAULT_PEER. */
static int call_run(struct call *call)
{
	struct cache *cache = call->cache;
	int r;

	if (!circuit_allows(&cache->circuit, clock_monotonic_us()))
		return fault(FAULT_PEER, "Redis is given a pause");
	r = connect_link(call);
	if (r == 0)
		r = link_exchange(call->link, call->commands, call->count, call->replies);
	if (r == 0)
		r = check_replies(call);
	if (r < 0)
		return failed(call);
	if (circuit_succeeded(&cache->circuit)) {
		count_circuit(false);
		log_info("the cache is back");
	}
	return 0;
}

static void call_finish(struct call *call)
{
	link_replies_free(call->replies);
}

static struct link_command *add_command(struct call *call, const char *name)
{
	struct link_command *command = &call->commands[call->count++];

	assert(call->count <= LINK_COMMANDS_MAX);
	command->arguments[command->count++] = name;
	return command;
}

static void add_argument(struct link_command *command, const char *argument)
{
	assert(command->count < LINK_ARGUMENTS_MAX);
	command->arguments[command->count++] = argument;
}

static void name_lease(const struct cache *cache, const char *key, char name[static NAME_SIZE])
{
	(void)snprintf(name, NAME_SIZE, "%s%s:v", cache->prefix, key);
}

static void name_value(const struct cache *cache, const char *key, char name[static NAME_SIZE])
{
	assert(strlen(key) <= CACHE_KEY_MAX);
	(void)snprintf(name, NAME_SIZE, "%s%s", cache->prefix, key);
}

static void name_entry(
	const struct cache *cache, const struct cache_entry *entry, struct names *names)
{
	name_value(cache, entry->key, names->value);
	name_lease(cache, entry->key, names->lease);
	names->group[0] = '\0';
	if (entry->group != NULL)
		name_lease(cache, entry->group, names->group);
}

/* Reads no more than could be ours, whatever lies there. */
static void ask_value(struct call *call, const struct names *names)
{
	static const char end[] = "262196";
	struct link_command *command = add_command(call, "GETRANGE");

	static_assert(READ_MAX == 262196, "GETRANGE takes its end as text, inclusive");
	add_argument(command, names->value);
	add_argument(command, "0");
	add_argument(command, end);
}

static void ask_lease(struct call *call, const char *name)
{
	add_argument(add_command(call, "GET"), name);
}

/* The lease that is there, or else the one offered. */
static void take_lease(struct call *call, const char *name, const char *offered)
{
	static const char life_ms[] = "60000";
	struct link_command *command = add_command(call, "SET");

	static_assert(CACHE_LEASE_MS == 60000, "as text above");
	add_argument(command, name);
	add_argument(command, offered);
	add_argument(command, "NX");
	add_argument(command, "PX");
	add_argument(command, life_ms);
	ask_lease(call, name);
}

/* False when it is gone or no lease at all. */
static bool read_lease(const redisReply *reply, char ret_lease[static UUID_TEXT_SIZE])
{
	if (reply->type != REDIS_REPLY_STRING || reply->len != UUID_TEXT_SIZE - 1)
		return false;
	memcpy(ret_lease, reply->str, UUID_TEXT_SIZE);
	return true;
}

enum { HIT, ABSENT, OUTDATED, RUBBISH };

/* What GETRANGE brought, seen beside the group's lease ("" for none). */
static int judge(const struct cache_entry *entry, const redisReply *reply, const char *group_lease,
	struct buffer *value)
{
	struct frame frame;

	if (reply->type == REDIS_REPLY_STRING && reply->len == 0)
		return ABSENT;
	if (reply->type != REDIS_REPLY_STRING ||
		frame_read(entry->key, reply->str, (size_t)reply->len, &frame) != 0)
		return RUBBISH;
	if (strcmp(frame.stamp, group_lease) != 0)
		return OUTDATED;
	buffer_add(value, frame.bytes, frame.size);
	return HIT;
}

static void delete_rubbish(struct cache *cache, const char *key)
{
	count_rubbish();
	log_warning("what the cache holds under a key is not ours: deleted", LOG_TEXT("key", key));
	(void)cache_invalidate(cache, &key, 1);
}

/* The answer of cache_get() and cache_begin() from the value's reply. */
static int answer(struct cache *cache, const struct cache_entry *entry, const redisReply *reply,
	const char *group_lease, struct buffer *value)
{
	int verdict = judge(entry, reply, group_lease, value);

	if (verdict == RUBBISH)
		delete_rubbish(cache, entry->key);
	return verdict == HIT ? 0 : CACHE_MISS;
}

int cache_get(struct cache *cache, const struct cache_entry *entry, struct buffer *value)
{
	struct call call = {.cache = cache};
	char group[UUID_TEXT_SIZE] = "";
	struct names names;
	int r;

	name_entry(cache, entry, &names);
	ask_value(&call, &names);
	if (entry->group != NULL)
		ask_lease(&call, names.group);
	r = call_run(&call);
	if (r == 0 && entry->group != NULL)
		(void)read_lease(call.replies[1], group);
	r = r < 0 ? CACHE_OFF : answer(cache, entry, call.replies[0], group, value);
	call_finish(&call);
	count_read(r);
	return r;
}

/* The leases that the replies hold, from the second on; a name that holds none is cleared. */
static int read_leases(struct cache *cache, const struct cache_entry *entry,
	redisReply *const *replies, struct cache_lease *ret_lease)
{
	*ret_lease = (struct cache_lease){0};
	if (!read_lease(replies[2], ret_lease->own)) {
		delete_rubbish(cache, entry->key);
		return CACHE_OFF;
	}
	if (entry->group != NULL && !read_lease(replies[4], ret_lease->group)) {
		delete_rubbish(cache, entry->group);
		return CACHE_OFF;
	}
	return 0;
}

int cache_begin(struct cache *cache, const struct cache_entry *entry, struct buffer *value,
	struct cache_lease *ret_lease)
{
	const struct uuid id = uuid_make(clock_now_us());
	struct call call = {.cache = cache};
	char offered[UUID_TEXT_SIZE];
	struct names names;
	int r;

	(void)uuid_format(&id, offered);
	name_entry(cache, entry, &names);
	ask_value(&call, &names);
	take_lease(&call, names.lease, offered);
	if (entry->group != NULL)
		take_lease(&call, names.group, offered);
	r = call_run(&call) < 0 ? CACHE_OFF : 0;
	if (r == 0)
		r = read_leases(cache, entry, call.replies, ret_lease);
	if (r == 0)
		r = answer(cache, entry, call.replies[0], ret_lease->group, value);
	call_finish(&call);
	return r;
}

/* Between nine and ten tenths of @ttl_ms. */
static int64_t shorten(int64_t ttl_ms)
{
	uint32_t draw = 0;

	/* Without randomness all entries live as long as each other, which is no harm. */
	if (getrandom(&draw, sizeof(draw), 0) != sizeof(draw))
		draw = 0;
	return ttl_ms - (int64_t)(draw % (uint32_t)(ttl_ms / 10 + 1));
}

static int set_frame(struct cache *cache, const struct names *names,
	const struct cache_lease *lease, const struct buffer *frame, int64_t ttl_ms)
{
	struct call call = {.cache = cache};
	struct link_command *command = add_command(&call, "EVAL");
	char life[24];
	int r;

	(void)snprintf(life, sizeof(life), "%" PRId64, shorten(ttl_ms));
	add_argument(command, SET_SCRIPT);
	add_argument(command, names->group[0] == '\0' ? "2" : "3");
	add_argument(command, names->value);
	add_argument(command, names->lease);
	if (names->group[0] != '\0')
		add_argument(command, names->group);
	command->sizes[command->count] = frame->size;
	add_argument(command, frame->data);
	add_argument(command, life);
	add_argument(command, lease->own);
	if (names->group[0] != '\0')
		add_argument(command, lease->group);
	r = call_run(&call);
	if (r == 0 &&
		(call.replies[0]->type != REDIS_REPLY_INTEGER || call.replies[0]->integer != 1))
		r = CACHE_REFUSED;
	call_finish(&call);
	return r < 0 ? CACHE_OFF : r;
}

int cache_set(struct cache *cache, const struct cache_entry *entry, const struct cache_lease *lease,
	const void *bytes, size_t size, int64_t ttl_ms)
{
	BUFFER_CLEAN struct buffer frame;
	struct names names;
	int r = CACHE_REFUSED;

	buffer_init(&frame, READ_MAX);
	if (size <= CACHE_VALUE_MAX)
		frame_write(&frame, entry->key, lease->group, bytes, size);
	name_entry(cache, entry, &names);
	if (frame.size != 0 && !frame.failed)
		r = set_frame(cache, &names, lease, &frame, ttl_ms);
	count_set(r);
	return r;
}

/* As many as fit into one round trip; returns how many. */
#define KEYS_A_COMMAND ((LINK_ARGUMENTS_MAX - 1) / 2)
#define KEYS_A_CALL (KEYS_A_COMMAND * LINK_COMMANDS_MAX)

static int delete_some(struct cache *cache, const char *const *keys, size_t count)
{
	struct call call = {.cache = cache};
	char values[KEYS_A_CALL][NAME_SIZE], leases[KEYS_A_CALL][NAME_SIZE];
	struct link_command *command = NULL;
	int r;

	for (size_t i = 0; i < count; i++) {
		if (i % KEYS_A_COMMAND == 0)
			command = add_command(&call, "DEL");
		name_value(cache, keys[i], values[i]);
		name_lease(cache, keys[i], leases[i]);
		/* One command deletes both at once: nobody sees the one without the other. */
		add_argument(command, values[i]);
		add_argument(command, leases[i]);
	}
	r = call_run(&call);
	call_finish(&call);
	return r;
}

int cache_invalidate(struct cache *cache, const char *const *keys, size_t count)
{
	int r = 0;

	for (size_t done = 0; r == 0 && done < count; done += KEYS_A_CALL) {
		size_t some = count - done < KEYS_A_CALL ? count - done : KEYS_A_CALL;

		r = delete_some(cache, keys + done, some);
	}
	if (r == 0)
		count_invalidated((int64_t)count);
	return r;
}
