#include <base/fault.h>
#include <pthread.h>
#include <runtime/intake.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

#define CALLERS 16

/* A database that refuses the number 13 and counts its transactions. */
struct desk {
	struct intake *intake;
	pthread_mutex_t gate; /* held: the next transaction waits */
	atomic_int transactions, largest;
	int always; /* fault of every transaction, or 0 */
};

static int process(void *context, struct intake_command **commands, size_t count)
{
	struct desk *desk = context;

	pthread_mutex_lock(&desk->gate);
	pthread_mutex_unlock(&desk->gate);
	atomic_fetch_add(&desk->transactions, 1);
	if ((int)count > atomic_load(&desk->largest))
		atomic_store(&desk->largest, (int)count);
	if (desk->always)
		return fault((enum fault)desk->always, "the database is away");
	for (size_t i = 0; i < count; i++) {
		if (*(int *)commands[i]->data == 13)
			return fault(FAULT_DB_DATA, "no thirteens");
	}
	for (size_t i = 0; i < count; i++)
		commands[i]->result = *(int *)commands[i]->data;
	return 0;
}

static void desk_open(struct desk *desk, size_t queue_max)
{
	*desk = (struct desk){0};
	pthread_mutex_init(&desk->gate, NULL);
	expect_ok(intake_start(&(struct intake_config){.process = process,
				       .context = desk,
				       .batch_max = CALLERS,
				       .queue_max = queue_max},
		&desk->intake));
}

struct caller {
	struct desk *desk;
	int number;
	atomic_int result;
	char words[64];
	pthread_t thread;
};

static void *call(void *argument)
{
	struct caller *caller = argument;

	caller->result = intake_submit(caller->desk->intake, &caller->number);
	snprintf(caller->words, sizeof(caller->words), "%s", fault_text());
	return NULL;
}

/* One caller is being served behind the closed gate, all others wait in the queue. */
static void call_together(struct desk *desk, struct caller *callers, int count)
{
	pthread_mutex_lock(&desk->gate);
	for (int i = 0; i < count; i++) {
		callers[i].desk = desk;
		expect_int(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	while (intake_depth(desk->intake) < (size_t)count)
		;
	pthread_mutex_unlock(&desk->gate);
	for (int i = 0; i < count; i++)
		pthread_join(callers[i].thread, NULL);
}

TEST(takes_those_who_wait_in_one_transaction)
{
	struct desk desk;
	struct caller callers[CALLERS] = {0};

	desk_open(&desk, CALLERS);
	for (int i = 0; i < CALLERS; i++)
		callers[i].number = 100 + i;
	call_together(&desk, callers, CALLERS);
	for (int i = 0; i < CALLERS; i++)
		expect_int(callers[i].result, 100 + i);
	expect(atomic_load(&desk.transactions) < CALLERS);
	expect(atomic_load(&desk.largest) > 1);
	intake_stop(desk.intake);
}

TEST(refuses_the_one_at_fault_and_does_the_others)
{
	struct desk desk;
	struct caller callers[4] = {{.number = 11}, {.number = 12}, {.number = 13}, {.number = 14}};

	desk_open(&desk, CALLERS);
	call_together(&desk, callers, 4);
	expect_int(callers[0].result, 11);
	expect_int(callers[1].result, 12);
	expect_int(callers[2].result, FAULT_DB_DATA);
	expect_text(callers[2].words, "no thirteens");
	expect_int(callers[3].result, 14);
	intake_stop(desk.intake);
}

TEST(gives_every_caller_the_fault_of_its_transaction)
{
	struct desk desk;
	struct caller callers[3] = {{.number = 1}, {.number = 2}, {.number = 3}};

	desk_open(&desk, CALLERS);
	desk.always = FAULT_DB;
	call_together(&desk, callers, 3);
	for (int i = 0; i < 3; i++) {
		expect_int(callers[i].result, FAULT_DB);
		expect_text(callers[i].words, "the database is away");
	}
	intake_stop(desk.intake);
}

TEST(refuses_at_once_when_the_queue_is_full)
{
	struct desk desk;
	struct caller served = {.number = 1}, waiting = {.number = 2};
	int number = 3;

	desk_open(&desk, 1);
	served.desk = waiting.desk = &desk;
	pthread_mutex_lock(&desk.gate);
	pthread_create(&served.thread, NULL, call, &served);
	while (intake_depth(desk.intake) < 1)
		;
	/* Served or not yet: one more may have to wait its turn to be taken. */
	do {
		waiting.result = 0;
		pthread_create(&waiting.thread, NULL, call, &waiting);
		while (intake_depth(desk.intake) < 2 && waiting.result != FAULT_LIMIT)
			;
		if (waiting.result == FAULT_LIMIT)
			pthread_join(waiting.thread, NULL);
	} while (waiting.result == FAULT_LIMIT);
	expect_fault(intake_submit(desk.intake, &number), FAULT_LIMIT);
	pthread_mutex_unlock(&desk.gate);
	pthread_join(served.thread, NULL);
	pthread_join(waiting.thread, NULL);
	expect_int(served.result, 1);
	expect_int(waiting.result, 2);
	intake_stop(desk.intake);
}

TESTS("intake", TEST_CASE(takes_those_who_wait_in_one_transaction),
	TEST_CASE(refuses_the_one_at_fault_and_does_the_others),
	TEST_CASE(gives_every_caller_the_fault_of_its_transaction),
	TEST_CASE(refuses_at_once_when_the_queue_is_full))
