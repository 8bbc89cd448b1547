/*
 * The loop: relay_start() makes what is missing, turn() publishes one batch,
 * mend() throws away what a fault has made doubtful; the next round makes it
 * anew. So there is one way to begin, also after a crash of any process.
 */
#include "state.h"
#include "tally.h"

#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/log.h>
#include <runtime/service.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define IDLE_BYTES_MAX (16 * 1024 * 1024) /* of WAL that an idle slot may pin */
#define LOOK_MS 100                       /* between two looks at the stop flag */
#define LAG_US (5 * US_PER_S)
#define BACKLOG_EVENTS 100           /* in one batch, */
#define BACKLOG_US (100 * US_PER_MS) /* committed so long ago */
#define BACKLOG_WAIT_MS 10
#define CROWD_EVENTS 16 /* in one batch */
/*
 * What waits to be sent. librdkafka counts payloads, but holds about a kilobyte
 * more for each message; and the largest message must fit.
 */
#define QUEUE_KBYTES_MAX 2048
#define QUEUE_MESSAGES_OPTION "queue.buffering.max.messages=2000"

/* Ours first: whoever runs the relay has the last word. */
static void set_options(struct relay *relay, const char *const *options)
{
	size_t count = 0;

	relay->bus_options[count++] = QUEUE_MESSAGES_OPTION;
	for (size_t i = 0; options && options[i] && count < BUS_OPTIONS_MAX; i++)
		relay->bus_options[count++] = options[i];
}

struct relay *relay_create(const struct relay_config *config)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (!relay)
		return NULL;
	relay->config = config;
	set_options(relay, config->bus_options);
	snprintf(relay->group, sizeof(relay->group), "relay.%s", config->source);
	snprintf(relay->transactional_id, sizeof(relay->transactional_id), "relay.%s",
		config->source);
	relay->bus = (struct bus_transactor_config){
		.bootstrap = config->bootstrap,
		.transactional_id = relay->transactional_id,
		.client_id = relay->transactional_id,
		.topics = config->topics,
		.options = relay->bus_options,
		.lanes = config->lanes,
		.transaction_timeout_ms = config->transaction_timeout_ms,
		.queue_kbytes_max = QUEUE_KBYTES_MAX,
	};
	relay->store = store_create(config->store);
	relay->backoff = (struct backoff){.first_ms = 100, .pause_max_ms = 5000};
	tally_init();
	relay_wait_for(relay, "its start");
	return relay;
}

void relay_destroy(struct relay *relay)
{
	if (!relay)
		return;
	relay_drop_transactor(relay);
	store_destroy(relay->store);
	free(relay);
}

int relay_ready(void *argument)
{
	struct relay *relay = argument;
	const char *waiting_for = atomic_load(&relay->waiting_for);

	return waiting_for ? fault(FAULT_DB, "waiting for %s", waiting_for) : 0;
}

/*
 * Many alone is not enough: many are there after any hold-up, and a live stream
 * that never pauses for BACKLOG_WAIT_MS would keep its batch open to the bound.
 */
static bool is_backlog(const struct publisher *publisher)
{
	return publisher->events >= BACKLOG_EVENTS &&
		clock_now_us() - publisher->committed_at_us > BACKLOG_US;
}

/* Many, and live: a backlog is worked off without a pause. */
static bool is_crowd(const struct publisher *publisher)
{
	return publisher->events >= CROWD_EVENTS && !is_backlog(publisher);
}

/* Position and events stand or fall together. */
int relay_commit(struct relay *relay, lsn_t end_lsn)
{
	const struct bus_position position = {
		.topic = POSITION_TOPIC,
		.offset = (int64_t)end_lsn,
		.metadata = relay->metadata,
	};
	int r = publisher_begin(&relay->publisher);

	if (r == 0)
		r = bus_txn_positions(relay->transactor, relay->group, &position, 1);
	if (r == 0)
		crash_point("relay.after_send_offsets");
	if (r == 0)
		r = bus_txn_commit(relay->transactor);
	if (r != 0)
		return step_of_bus(r);
	crash_point("relay.after_commit");
	relay->position.known = true;
	relay->position.lsn = end_lsn;
	relay->moved_us = clock_monotonic_us();
	relay->paced_until_us = is_crowd(&relay->publisher)
		? relay->moved_us + relay->config->crowd_pause_ms * US_PER_MS
		: 0;
	relay->opened_events += relay->publisher.events;
	tally_commit(&relay->publisher, end_lsn);
	publisher_end(&relay->publisher, true);
	backoff_reset(&relay->backoff);
	return 0;
}

/* Only what Kafka has committed may the slot forget. */
static int commit_and_acknowledge(struct relay *relay, lsn_t end_lsn)
{
	int r = relay_commit(relay, end_lsn);

	if (r != 0)
		return r;
	crash_point("relay.before_acknowledge");
	r = store_stream_acknowledge(relay->stream, end_lsn, false);
	crash_point("relay.after_acknowledge");
	return r;
}

static bool is_full(const struct relay *relay, int64_t since_us)
{
	const struct publisher *publisher = &relay->publisher;
	const struct relay_config *config = relay->config;

	return (int64_t)publisher->events >= config->batch_events_max ||
		(int64_t)publisher->bytes >= config->batch_bytes_max ||
		clock_monotonic_us() - since_us >= config->batch_ms_max * US_PER_MS;
}

/*
 * How long to wait for the next change: for the end of a transaction that has
 * begun as long as Kafka's may last; in a backlog a little, since fewer and
 * larger transactions cost both servers less; else not at all.
 */
static int patience_ms(const struct relay *relay)
{
	if (relay->publisher.inside)
		return relay->config->transaction_timeout_ms;
	return is_backlog(&relay->publisher) ? BACKLOG_WAIT_MS : 0;
}

static int take_batch(struct relay *relay, struct store_change *change)
{
	struct publisher *publisher = &relay->publisher;
	int64_t since_us = clock_monotonic_us();

	for (;;) {
		int r = step_of_bus(publisher_take(publisher, change));

		if (r != 0)
			return r;
		if (!publisher->inside && is_full(relay, since_us))
			return 0;
		r = store_stream_next(relay->stream, patience_ms(relay), change);
		if (r < 0)
			return r;
		if (r > 0 && publisher->inside)
			return fault(FAULT_DB, "a transaction came without its end");
		if (r > 0)
			return 0;
	}
}

/* Once for each opening: all that was there is in Kafka. */
static void tell_caught_up(struct relay *relay)
{
	if (!relay->caught_up)
		log_info("caught up", LOG_NUMBER("events", relay->opened_events),
			LOG_NUMBER("ms", (relay->moved_us - relay->opened_us) / US_PER_MS));
	relay->caught_up = true;
}

/*
 * All that came is in Kafka and nothing more came: what the server wrote beside
 * the outbox need not be kept. Done also when nothing was written: it finds out
 * a fence, and a position that is not renewed for a week expires in Kafka.
 */
static int move_on(struct relay *relay)
{
	lsn_t done_lsn = relay_done_lsn(relay);
	lsn_t end_lsn = store_stream_end(relay->stream);
	int64_t still_us = clock_monotonic_us() - relay->moved_us;
	int r = step_of_bus(bus_transactor_poll(relay->transactor, 0));

	if (r != 0)
		return r;
	tell_caught_up(relay);
	if (end_lsn < done_lsn)
		end_lsn = done_lsn;
	if (end_lsn - done_lsn < IDLE_BYTES_MAX && still_us < relay->config->idle_ms * US_PER_MS)
		return 0;
	return commit_and_acknowledge(relay, end_lsn);
}

static void look_at_lag(struct relay *relay)
{
	int64_t now_us = clock_monotonic_us();
	struct store_source source;

	if (now_us - relay->looked_us < LAG_US)
		return;
	relay->looked_us = now_us;
	/* A number for a dashboard: when it cannot be had, the stream goes on without. */
	if (store_ready(relay->store) == 0 &&
		store_source_read(relay->store, relay->config->slot, &source) == 0)
		tally_lag(source.current_lsn, relay_done_lsn(relay));
}

/*
 * What a Kafka transaction costs the broker goes by the partitions in it, not by the
 * events: where many come, they are left to gather until few transactions do for them.
 */
static void pace(const struct relay *relay)
{
	int64_t left_us = relay->paced_until_us - clock_monotonic_us();

	if (left_us > 0)
		nanosleep(&(struct timespec){.tv_sec = left_us / US_PER_S,
				  .tv_nsec = left_us % US_PER_S * 1000},
			NULL);
}

static int turn(struct relay *relay)
{
	struct store_change change;
	int r;

	look_at_lag(relay);
	pace(relay);
	r = store_stream_next(relay->stream, LOOK_MS, &change);
	if (r == STREAM_IDLE)
		return move_on(relay);
	if (r == 0)
		r = take_batch(relay, &change);
	if (r == 0 && relay->publisher.open)
		r = commit_and_acknowledge(relay, relay->publisher.end_lsn);
	return r;
}

/* What the open Kafka transaction held was never seen and comes again. */
static void give_up_batch(struct relay *relay)
{
	publisher_end(&relay->publisher, false);
	tally_abort();
}

/* What a fault has made doubtful goes. 0 when another round may help. */
static int mend(struct relay *relay, int r)
{
	switch (r) {
	case STEP_REDO:
	case STEP_REREAD:
		/* All lanes anew, not one: a successor could still commit in the other. */
		log_warning("a Kafka transaction was given up: Kafka is asked where to go on");
		give_up_batch(relay);
		relay_drop_transactor(relay);
		break;
	case FAULT_DB:
	case FAULT_DB_CONFIG:
		log_fault(LOG_WARNING, r, "no changes from the database");
		if (!relay->publisher.open)
			break;
		give_up_batch(relay);
		relay_drop_transactor(relay);
		break;
	case FAULT_BUS:
	case FAULT_BUS_CONFIG:
		log_fault(LOG_WARNING, r, "no transactions with the broker");
		give_up_batch(relay);
		relay_drop_transactor(relay);
		break;
	default:
		return r;
	}
	relay_drop_stream(relay);
	relay_wait_for(relay, "the next try");
	tally_retry();
	runtime_pause(backoff_next_ms(&relay->backoff));
	return 0;
}

int relay_run(struct relay *relay)
{
	int r = 0;

	while (r == 0 && !runtime_stopping()) {
		r = relay_start(relay);
		if (r == 0)
			r = turn(relay);
		if (r == STEP_WAIT)
			r = 0;
		if (r != 0)
			r = mend(relay, r);
	}
	relay_wait_for(relay, "nothing, it is leaving");
	if (r == STEP_FENCED)
		return RELAY_FENCED;
	/* A last word to the slot; should it get lost, the next start says it again. */
	if (r == 0 && relay->stream && relay->position.known)
		return store_stream_acknowledge(relay->stream, relay->position.lsn, true);
	return r;
}
