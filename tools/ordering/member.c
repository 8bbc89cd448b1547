#include "member.h"

#include "clients.h"
#include "plan.h"

#include <base/clock.h>
#include <base/fault.h>
#include <bus/consumer.h>
#include <bus/options.h>
#include <bus/transactor.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define BATCH_MAX 500
#define POLL_MS 100
#define TIMEOUT_MS 20000
#define TRANSACTION_TIMEOUT_MS 60000
#define TRIES_MAX 5
/* What handling a message takes: long enough that a batch is under way when it is cut off. */
#define WORK_NS (2 * 1000 * 1000)

struct member {
	char **arguments;
	enum member_how how;
	struct bus_options options;
	struct bus_consumer *consumer;
	struct producer *producer;
	struct bus_transactor *transactor;
	struct bus_transactor_config transactions;
	const char *topics[2];
	int number, pause_after;
	int handled;
	int assigned;
};

static volatile sig_atomic_t stop;

static void stop_now(int signal)
{
	(void)signal;
	stop = 1;
}

static void work(void)
{
	nanosleep(&(struct timespec){.tv_nsec = WORK_NS}, NULL);
}

/* One write() a line: what was said before a kill is whole. */
static void say_applied(const struct bus_message *message, struct step step)
{
	printf("applied %" PRId64 " %d %d %d\n", clock_monotonic_us(), (int)message->partition,
		step.key, step.sequence);
	fflush(stdout);
}

static void say_assigned(struct member *member)
{
	int assigned = bus_consumer_assigned(member->consumer);

	if (assigned == member->assigned)
		return;
	member->assigned = assigned;
	printf("assigned %d\n", assigned);
	fflush(stdout);
}

/* A long garbage collection, a suspended machine: the process stops and knows nothing of it. */
static void count_and_pause(struct member *member)
{
	if (++member->handled == member->pause_after)
		raise(SIGSTOP);
}

static int write_effect(struct member *member, const struct bus_message *message, struct step step)
{
	char text[PLAN_TEXT_SIZE], key[PLAN_KEY_SIZE];
	int r;

	snprintf(key, sizeof(key), "%.*s", (int)message->key_size, (const char *)message->key);
	r = producer_send(member->producer, key, plan_text(step, text), member->number);
	return r < 0 ? r : producer_flush(member->producer, TIMEOUT_MS);
}

/* Each message by itself; the offsets are stored behind the last. */
static int handle_plainly(struct member *member, struct bus_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct bus_message *message = &batch->messages[i];
		struct step step;
		int r = plan_parse(message->value, message->value_size, &step);

		work();
		if (r == 0 && member->how == MEMBER_WRITES)
			r = write_effect(member, message, step);
		if (r < 0)
			return r;
		say_applied(message, step);
		count_and_pause(member);
	}
	return bus_consumer_store(member->consumer, batch);
}

static int produce_effect(
	struct member *member, const struct bus_message *message, struct step step)
{
	char text[PLAN_TEXT_SIZE], who = (char)('0' + member->number);
	struct bus_header owner = {.name = "owner", .value = &who, .size = 1};

	plan_text(step, text);
	return bus_txn_produce(member->transactor,
		&(struct bus_record){
			.partition = -1,
			.key = message->key,
			.key_size = message->key_size,
			.value = text,
			.value_size = strlen(text),
			.headers = &owner,
			.header_count = 1,
		});
}

/* 0, BUS_ABORTED, BUS_RECREATED or a fault. */
static int transact(struct member *member, const struct bus_batch *batch)
{
	int r = bus_txn_begin(member->transactor);

	for (size_t i = 0; r == 0 && i < batch->count; i++) {
		struct step step;

		r = plan_parse(batch->messages[i].value, batch->messages[i].value_size, &step);
		if (r == 0)
			r = produce_effect(member, &batch->messages[i], step);
		if (r == 0)
			count_and_pause(member);
	}
	if (r == 0)
		r = bus_txn_offsets(member->transactor, member->consumer, batch);
	return r == 0 ? bus_txn_commit(member->transactor) : r;
}

/* As the runtime does it: what was refused is undone, and what another did meanwhile dropped. */
static int handle_in_transactions(struct member *member, struct bus_batch *batch)
{
	for (int tries = 0; batch->count > 0; tries++) {
		int r = transact(member, batch);

		if (r < 0)
			return r;
		if (r == 0)
			break;
		puts("refused");
		fflush(stdout);
		if (tries == TRIES_MAX)
			return fault(FAULT_BUS, "a transaction was refused %d times", tries);
		r = bus_consumer_drop_committed(member->consumer, batch);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < batch->count; i++) {
		struct step step;

		if (plan_parse(batch->messages[i].value, batch->messages[i].value_size, &step) == 0)
			say_applied(&batch->messages[i], step);
	}
	return 0;
}

static int run(struct member *member)
{
	while (!stop) {
		struct bus_batch batch;
		int r = bus_consumer_poll(member->consumer, POLL_MS, &batch);

		if (r < 0 && !fault_is_transient(r))
			return r;
		say_assigned(member);
		if (r < 0 || batch.count == 0)
			continue;
		if (member->how == MEMBER_TRANSACTS)
			r = handle_in_transactions(member, &batch);
		else
			r = handle_plainly(member, &batch);
		bus_consumer_release(member->consumer, &batch);
		if (r < 0)
			return r;
		/* One that slept has shown what there was to show. */
		if (member->pause_after > 0 && member->handled >= member->pause_after)
			return 0;
	}
	return 0;
}

static int open_consumer(struct member *member)
{
	member->topics[0] = member->arguments[MEMBER_TOPIC];
	return bus_consumer_create(
		&(struct bus_consumer_config){
			.bootstrap = member->arguments[MEMBER_BOOTSTRAP],
			.group = member->arguments[MEMBER_GROUP],
			.client_id = "ordering",
			.topics = member->topics,
			.options = member->options.list,
			.batch_max = BATCH_MAX,
			.batch_bytes_max = 1 << 20,
		},
		&member->consumer);
}

static int open_output(struct member *member)
{
	static const char *topics[2];
	static char id[128];

	topics[0] = member->arguments[MEMBER_EFFECTS];
	if (member->how == MEMBER_WRITES)
		return producer_create(
			&(struct producer_config){
				.bootstrap = member->arguments[MEMBER_BOOTSTRAP],
				.options = member->options.list,
				.topic = topics[0],
				.partitioner = "murmur2_random",
				.idempotent = true,
			},
			&member->producer);
	if (member->how != MEMBER_TRANSACTS)
		return 0;
	snprintf(id, sizeof(id), "%s-%d", member->arguments[MEMBER_GROUP], member->number);
	member->transactions = (struct bus_transactor_config){
		.bootstrap = member->arguments[MEMBER_BOOTSTRAP],
		.transactional_id = id,
		.client_id = "ordering",
		.topics = topics,
		.options = member->options.list,
		.lanes = 1,
		.transaction_timeout_ms = TRANSACTION_TIMEOUT_MS,
	};
	return bus_transactor_create(&member->transactions, TIMEOUT_MS, &member->transactor);
}

/* The password from the variables that the tool had, the rest as it was told. */
static int read_access(char **arguments)
{
	const struct settings_program program = {
		.name = "ordering member",
		.tables = (const struct setting *const[]){bus_settings, NULL},
	};
	char *nothing[] = {(char *)"ordering", NULL};
	int r = settings_read(&program, 1, nothing, NULL);

	bus_access.options = arguments[MEMBER_OPTIONS];
	bus_access.user = arguments[MEMBER_USER];
	bus_access.certificate = arguments[MEMBER_CERTIFICATE];
	bus_access.ca = arguments[MEMBER_CA];
	return r;
}

int member_main(char **arguments)
{
	struct sigaction action = {.sa_handler = stop_now};
	struct member member = {
		.arguments = arguments,
		.how = (enum member_how)strtol(arguments[MEMBER_HOW], NULL, 10),
		.number = (int)strtol(arguments[MEMBER_NUMBER], NULL, 10),
		.pause_after = (int)strtol(arguments[MEMBER_PAUSE_AFTER], NULL, 10),
	};
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGTERM, &action, NULL);
	/* Ctrl-C reaches the whole group; who started us tells us when to go. */
	signal(SIGINT, SIG_IGN);
	r = read_access(arguments);
	if (r == 0)
		r = bus_options_init(&member.options, &bus_access);
	if (r == 0)
		r = open_output(&member);
	if (r == 0)
		r = open_consumer(&member);
	if (r == 0)
		r = run(&member);
	if (r < 0)
		fprintf(stderr, "ordering: member %d: %s\n", member.number, fault_text());
	bus_transactor_destroy(member.transactor);
	bus_consumer_destroy(member.consumer);
	producer_destroy(member.producer);
	bus_options_finish(&member.options);
	return r < 0;
}
