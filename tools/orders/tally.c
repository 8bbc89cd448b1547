#include "ledger.h"
#include "strangers.h"

#include <assert.h>
#include <base/fault.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct request {
	struct uuid order_id;
	int64_t answered_us, arrived_us, ended_us; /* since due */
	int16_t http_status;
	uint8_t kind;
	uint8_t status;
	uint8_t end;
	uint8_t cancel;        /* enum cancel */
	int16_t cancel_status; /* HTTP */
	bool written;
};

enum cancel { CANCEL_NONE, CANCEL_DUE, CANCEL_UNDER_WAY, CANCEL_ANSWERED };

struct tally {
	pthread_mutex_t lock;
	const struct plan *plan;
	int64_t start_us, start_wall_us;
	FILE *ledger;
	struct request *requests;
	struct tally_sums sums;
	/* Order id to request, open addressing: n + 1, or 0 where free. At most half full. */
	uint32_t *places;
	size_t place_count;
	struct strangers *strangers;
};

struct tally *tally_create(
	const struct plan *plan, int64_t start_us, int64_t start_wall_us, FILE *ledger)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	if (!tally)
		return NULL;
	assert(plan->count > 0 && plan->count <= PLAN_REQUESTS_MAX);
	pthread_mutex_init(&tally->lock, NULL);
	tally->plan = plan;
	tally->start_us = start_us;
	tally->start_wall_us = start_wall_us;
	tally->ledger = ledger;
	tally->place_count = 2;
	while (tally->place_count < (size_t)plan->count * 2)
		tally->place_count *= 2;
	tally->requests = calloc((size_t)plan->count, sizeof(*tally->requests));
	tally->places = calloc(tally->place_count, sizeof(*tally->places));
	tally->strangers = strangers_create();
	if (!tally->requests || !tally->places || !tally->strangers) {
		tally_destroy(tally);
		return NULL;
	}
	if (ledger)
		ledger_write_head(ledger);
	return tally;
}

void tally_destroy(struct tally *tally)
{
	if (!tally)
		return;
	pthread_mutex_destroy(&tally->lock);
	strangers_destroy(tally->strangers);
	free(tally->places);
	free(tally->requests);
	free(tally);
}

/* Where the order is, or the free place where it would be. */
static uint32_t *find_place(const struct tally *tally, const struct uuid *order_id)
{
	size_t at = strangers_hash(order_id) & (tally->place_count - 1);
	while (tally->places[at] &&
		!uuid_equal(&tally->requests[tally->places[at] - 1].order_id, order_id))
		at = (at + 1) & (tally->place_count - 1);
	return &tally->places[at];
}

static void write_line(struct tally *tally, int64_t n)
{
	struct request *request = &tally->requests[n];
	char key[UUID_TEXT_SIZE];

	if (!tally->ledger || request->status == TALLY_UNSENT || request->written)
		return;
	request->written = true;
	ledger_write(tally->ledger,
		&(struct ledger_line){
			.n = n,
			.key = plan_key(tally->plan, n, key),
			.due_wall_us = tally->start_wall_us + plan_due_us(tally->plan, n),
			.kind = plan_kind_name((enum plan_kind)request->kind),
			.status = (enum tally_status)request->status,
			.http_status = request->http_status,
			.order_id = request->order_id,
			.end = (enum tally_end)request->end,
			.answered_us = request->answered_us,
			.arrived_us = request->arrived_us,
			.ended_us = request->ended_us,
			.cancel_asked = request->cancel > CANCEL_DUE,
			.cancel_status = request->cancel_status,
		});
}

static bool is_accepted_cancel(int http_status)
{
	return http_status == 200 || http_status == 202;
}

/* Once both are known: the answer to the cancellation says how the order must end. */
static void meet_cancel(struct tally *tally, int64_t n)
{
	const struct request *request = &tally->requests[n];

	if (request->end == TALLY_OPEN || request->cancel == CANCEL_DUE ||
		request->cancel == CANCEL_UNDER_WAY)
		return;
	if (request->cancel == CANCEL_ANSWERED &&
		((is_accepted_cancel(request->cancel_status) && request->end != TALLY_CANCELLED) ||
			(request->cancel_status == 409 && request->end != TALLY_COMPLETED)))
		tally->sums.contradictions++;
	write_line(tally, n);
}

/* The times an order came to its end: the first terminal event is the one that counts. */
static void end_request(
	struct tally *tally, int64_t n, enum tally_end end, int64_t seen_us, int64_t ended_wall_us)
{
	struct request *request = &tally->requests[n];
	struct tally_counts *kind = &tally->sums.kinds[request->kind];
	int64_t due_us = plan_due_us(tally->plan, n);

	if (request->end != TALLY_OPEN) {
		tally->sums.contradictions++;
		return;
	}
	request->end = (uint8_t)end;
	request->arrived_us = seen_us - tally->start_us - due_us;
	request->ended_us = ended_wall_us - tally->start_wall_us - due_us;
	histogram_add(&tally->sums.arrived, request->arrived_us);
	histogram_add(&tally->sums.completed, request->ended_us);
	if (end == TALLY_COMPLETED)
		kind->completed++;
	else
		kind->cancelled++;
	meet_cancel(tally, n);
}

/* Events that came before the answer that names their order. */
static void meet_strangers(struct tally *tally, int64_t n)
{
	struct stranger found;

	while (strangers_take(tally->strangers, &tally->requests[n].order_id, &found))
		end_request(tally, n, found.end, found.seen_us, found.ended_wall_us);
}

static void accept(struct tally *tally, int64_t n)
{
	struct request *request = &tally->requests[n];
	uint32_t *place = find_place(tally, &request->order_id);

	histogram_add(&tally->sums.answered, request->answered_us);
	tally->sums.kinds[request->kind].accepted++;
	/* Two keys must never name one order. */
	if (*place) {
		tally->sums.contradictions++;
		return;
	}
	*place = (uint32_t)n + 1;
	meet_strangers(tally, n);
}

bool tally_is_accepted(int http_status)
{
	return http_status == 200 || http_status == 201;
}

/* 409 says that the first request with the key is still running: whether it succeeds is open. */
static enum tally_status status_of(int http_status)
{
	if (tally_is_accepted(http_status))
		return TALLY_OK;
	if (http_status == 503)
		return TALLY_FAIL;
	if (http_status >= 400 && http_status < 500 && http_status != 408 && http_status != 409)
		return TALLY_FAIL;
	return TALLY_UNKNOWN;
}

static void note_sent(struct tally *tally, int64_t sent_us, int64_t due_us)
{
	struct tally_sums *sums = &tally->sums;

	if (sums->first_sent_us == 0 || sent_us < sums->first_sent_us)
		sums->first_sent_us = sent_us;
	if (sent_us > sums->last_sent_us)
		sums->last_sent_us = sent_us;
	histogram_add(&sums->delayed, sent_us - tally->start_us - due_us);
}

void tally_answered(struct tally *tally, int64_t n, const struct tally_answer *answer)
{
	enum plan_kind kind = plan_kind_of(tally->plan, n);
	int64_t due_us = plan_due_us(tally->plan, n);
	struct request *request = &tally->requests[n];
	struct tally_counts *counts = &tally->sums.kinds[kind];

	pthread_mutex_lock(&tally->lock);
	assert(request->status == TALLY_UNSENT);
	note_sent(tally, answer->sent_us, due_us);
	request->kind = (uint8_t)kind;
	request->status = (uint8_t)status_of(answer->http_status);
	request->http_status = (int16_t)answer->http_status;
	request->order_id = answer->order_id;
	request->answered_us = answer->answered_us - tally->start_us - due_us;
	if (kind == PLAN_CANCEL && request->status == TALLY_OK)
		request->cancel = CANCEL_DUE;
	counts->sent++;
	if (request->status == TALLY_OK)
		accept(tally, n);
	else if (request->status == TALLY_UNKNOWN)
		counts->unknown++;
	else if (answer->http_status == 503)
		counts->refused++;
	else
		counts->failed++;
	if (request->status != TALLY_OK)
		write_line(tally, n);
	pthread_mutex_unlock(&tally->lock);
}

void tally_cancelling(struct tally *tally, int64_t n)
{
	struct request *request = &tally->requests[n];

	pthread_mutex_lock(&tally->lock);
	assert(request->cancel == CANCEL_DUE);
	request->cancel = CANCEL_UNDER_WAY;
	tally->sums.cancels.asked++;
	pthread_mutex_unlock(&tally->lock);
}

void tally_cancelled(struct tally *tally, int64_t n, int http_status)
{
	struct tally_cancels *cancels = &tally->sums.cancels;
	struct request *request = &tally->requests[n];

	pthread_mutex_lock(&tally->lock);
	assert(request->cancel == CANCEL_UNDER_WAY);
	request->cancel = CANCEL_ANSWERED;
	request->cancel_status = (int16_t)http_status;
	if (is_accepted_cancel(http_status))
		cancels->accepted++;
	else if (http_status == 409)
		cancels->too_late++;
	else if (http_status == 503 ||
		(http_status >= 400 && http_status < 500 && http_status != 408))
		cancels->failed++;
	else
		cancels->unknown++;
	meet_cancel(tally, n);
	pthread_mutex_unlock(&tally->lock);
}

void tally_ended(struct tally *tally, const struct uuid *order_id, enum tally_end end,
	int64_t seen_us, int64_t ended_wall_us)
{
	pthread_mutex_lock(&tally->lock);
	uint32_t place = *find_place(tally, order_id);
	if (place)
		end_request(tally, (int64_t)place - 1, end, seen_us, ended_wall_us);
	else
		strangers_keep(tally->strangers,
			&(struct stranger){*order_id, seen_us, ended_wall_us, end});
	pthread_mutex_unlock(&tally->lock);
}

static void add_counts(struct tally_counts *sum, const struct tally_counts *counts)
{
	sum->sent += counts->sent;
	sum->accepted += counts->accepted;
	sum->refused += counts->refused;
	sum->failed += counts->failed;
	sum->unknown += counts->unknown;
	sum->completed += counts->completed;
	sum->cancelled += counts->cancelled;
}

static void sum_up(struct tally_sums *sums)
{
	sums->all = (struct tally_counts){0};
	for (size_t kind = 0; kind < PLAN_KINDS; kind++)
		add_counts(&sums->all, &sums->kinds[kind]);
}

int64_t tally_open(struct tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	sum_up(&tally->sums);
	const struct tally_counts *all = &tally->sums.all;
	int64_t open = all->accepted - all->completed - all->cancelled;
	pthread_mutex_unlock(&tally->lock);
	return open;
}

void tally_sums(struct tally *tally, struct tally_sums *ret_sums)
{
	pthread_mutex_lock(&tally->lock);
	sum_up(&tally->sums);
	*ret_sums = tally->sums;
	pthread_mutex_unlock(&tally->lock);
}

int tally_close(struct tally *tally)
{
	if (!tally->ledger)
		return 0;
	pthread_mutex_lock(&tally->lock);
	for (int64_t n = 0; n < tally->plan->count; n++) {
		if (tally->requests[n].status == TALLY_OK)
			write_line(tally, n);
	}
	bool failed = fflush(tally->ledger) != 0 || ferror(tally->ledger);
	pthread_mutex_unlock(&tally->lock);
	return failed ? fault(FAULT_SYSTEM, "the ledger could not be written: %m") : 0;
}
