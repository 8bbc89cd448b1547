#include <assert.h>
#include <base/fault.h>
#include <base/log.h>
#include <pthread.h>
#include <runtime/intake.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* A caller, waiting on its own stack frame. */
struct waiter {
	struct intake_command command;
	struct waiter *next;
	pthread_cond_t signal;
	bool done;
	char words[256]; /* fault_text() is per thread: carried over by hand */
};

struct intake {
	struct intake_config config;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	struct waiter *first, **last;
	size_t waiting, serving;
	bool stopping;
	struct waiter **batch; /* batch_max of each, of the thread alone */
	struct intake_command **commands;
};

static int process(struct intake *intake, size_t from, size_t count)
{
	int r = intake->config.process(intake->config.context, &intake->commands[from], count);

	for (size_t i = from; r < 0 && i < from + count; i++) {
		intake->commands[i]->result = r;
		snprintf(intake->batch[i]->words, sizeof(intake->batch[i]->words), "%s",
			fault_text());
	}
	return r;
}

/* All in one transaction; what the database refuses is found by trying one by one. */
static void serve(struct intake *intake, size_t count)
{
	for (size_t i = 0; i < count; i++)
		intake->commands[i] = &intake->batch[i]->command;
	if (process(intake, 0, count) != FAULT_DB_DATA || count == 1)
		return;
	for (size_t i = 0; i < count; i++)
		process(intake, i, 1);
}

static struct waiter *pop(struct intake *intake)
{
	struct waiter *waiter = intake->first;

	intake->first = waiter->next;
	if (!intake->first)
		intake->last = &intake->first;
	intake->waiting--;
	return waiter;
}

/* Waits for callers and takes what is there; 0 when stopping. */
static size_t take(struct intake *intake)
{
	size_t count = 0;

	while (!intake->first && !intake->stopping)
		pthread_cond_wait(&intake->arrived, &intake->lock);
	if (intake->stopping)
		return 0;
	while (intake->first && count < intake->config.batch_max)
		intake->batch[count++] = pop(intake);
	intake->serving = count;
	return count;
}

static void wake(struct waiter *waiter)
{
	waiter->done = true;
	pthread_cond_signal(&waiter->signal);
}

static void *intake_run(void *argument)
{
	struct intake *intake = argument;
	size_t count;

	pthread_mutex_lock(&intake->lock);
	while ((count = take(intake)) > 0) {
		pthread_mutex_unlock(&intake->lock);
		serve(intake, count);
		pthread_mutex_lock(&intake->lock);
		intake->serving = 0;
		for (size_t i = 0; i < count; i++)
			wake(intake->batch[i]);
	}
	while (intake->first) {
		struct waiter *waiter = pop(intake);

		waiter->command.result = FAULT_DB;
		snprintf(waiter->words, sizeof(waiter->words), "stopping; nothing was done");
		wake(waiter);
	}
	pthread_mutex_unlock(&intake->lock);
	return NULL;
}

static void intake_free(struct intake *intake)
{
	pthread_cond_destroy(&intake->arrived);
	pthread_mutex_destroy(&intake->lock);
	free(intake->batch);
	free(intake->commands);
	free(intake);
}

int intake_start(const struct intake_config *config, struct intake **ret_intake)
{
	struct intake *intake = calloc(1, sizeof(*intake));

	assert(config->batch_max > 0 && config->queue_max > 0);
	if (!intake)
		return fault(FAULT_SYSTEM, "no memory for the intake");
	intake->config = *config;
	intake->last = &intake->first;
	pthread_mutex_init(&intake->lock, NULL);
	pthread_cond_init(&intake->arrived, NULL);
	intake->batch = calloc(config->batch_max, sizeof(*intake->batch));
	intake->commands = calloc(config->batch_max, sizeof(*intake->commands));
	if (!intake->batch || !intake->commands ||
		pthread_create(&intake->thread, NULL, intake_run, intake) != 0) {
		intake_free(intake);
		return fault(FAULT_SYSTEM, "cannot start the intake's thread");
	}
	*ret_intake = intake;
	return 0;
}

void intake_stop(struct intake *intake)
{
	if (!intake)
		return;
	pthread_mutex_lock(&intake->lock);
	intake->stopping = true;
	pthread_cond_signal(&intake->arrived);
	pthread_mutex_unlock(&intake->lock);
	pthread_join(intake->thread, NULL);
	intake_free(intake);
}

static int refuse(struct intake *intake, const char *words)
{
	pthread_mutex_unlock(&intake->lock);
	return fault(FAULT_LIMIT, "%s", words);
}

int intake_submit(struct intake *intake, void *data)
{
	struct waiter waiter = {.command.data = data};

	pthread_mutex_lock(&intake->lock);
	if (intake->stopping)
		return refuse(intake, "stopping");
	if (intake->waiting >= intake->config.queue_max)
		return refuse(intake, "too many requests are waiting");
	pthread_cond_init(&waiter.signal, NULL);
	*intake->last = &waiter;
	intake->last = &waiter.next;
	intake->waiting++;
	pthread_cond_signal(&intake->arrived);
	while (!waiter.done)
		pthread_cond_wait(&waiter.signal, &intake->lock);
	pthread_mutex_unlock(&intake->lock);
	pthread_cond_destroy(&waiter.signal);
	if (waiter.command.result < 0)
		return fault((enum fault)waiter.command.result, "%s", waiter.words);
	return waiter.command.result;
}

size_t intake_depth(struct intake *intake)
{
	size_t depth;

	pthread_mutex_lock(&intake->lock);
	depth = intake->waiting + intake->serving;
	pthread_mutex_unlock(&intake->lock);
	return depth;
}
