/*
 * All that comes before the first event. The order is the point: whoever reads
 * the position before older relays are fenced may read one that still moves.
 */
#include "state.h"
#include "tally.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <runtime/service.h>

#define SLOT_PAUSE_MS 50
#define SLOT_WORDS_US (5 * US_PER_S)

int step_of_bus(int r)
{
	return r == FAULT_STATE ? STEP_FENCED : r;
}

void relay_wait_for(struct relay *relay, const char *what)
{
	atomic_store(&relay->waiting_for, what);
	tally_streaming(what == NULL);
}

void relay_drop_stream(struct relay *relay)
{
	store_stream_close(relay->stream);
	relay->stream = NULL;
}

void relay_drop_transactor(struct relay *relay)
{
	relay_drop_stream(relay);
	bus_transactor_destroy(relay->transactor);
	relay->transactor = NULL;
	relay->position_read = false;
}

lsn_t relay_done_lsn(const struct relay *relay)
{
	return relay->position.known ? relay->position.lsn : relay->slot.created_lsn;
}

static int make_transactor(struct relay *relay)
{
	int r;

	if (relay->transactor)
		return 0;
	relay_wait_for(relay, "the broker");
	r = step_of_bus(bus_transactor_create(&relay->bus, CALL_TIMEOUT_MS, &relay->transactor));
	if (r == 0)
		log_info("older relays of this source are fenced",
			LOG_TEXT("transactional_id", relay->transactional_id));
	return r;
}

static int read_position(struct relay *relay)
{
	char metadata[POSITION_METADATA_SIZE], text[LSN_TEXT_SIZE];
	struct position position = {0};
	int64_t offset;
	int r;

	if (relay->position_read)
		return 0;
	r = bus_position_read(&relay->bus, relay->group, POSITION_TOPIC, 0, CALL_TIMEOUT_MS,
		&offset, metadata, sizeof(metadata));
	if (r == 0 && offset >= 0)
		r = position_parse(offset, metadata, &position);
	if (r != 0)
		return r;
	relay->position = position;
	relay->position_read = true;
	log_info("position in Kafka", LOG_TEXT("group", relay->group),
		LOG_TEXT("lsn", position.known ? lsn_format(position.lsn, text) : "none"));
	return 0;
}

static int read_slot(struct relay *relay)
{
	int r;

	relay_wait_for(relay, "the database");
	r = store_ready(relay->store);
	if (r == 0)
		r = store_source_read(relay->store, relay->config->slot, &relay->slot);
	if (r == 0)
		position_metadata(relay->slot.system_id, relay->metadata);
	return r;
}

/* Not made yet: for ever. Held: an older relay is fenced and will leave, anything else will not. */
static int wait_for_slot(struct relay *relay, bool held)
{
	int64_t now_us = clock_monotonic_us();

	relay_wait_for(relay, held ? "another reader to leave the slot" : "the slot to be made");
	if (!relay->slot_since_us)
		relay->slot_since_us = now_us;
	if (held && now_us - relay->slot_since_us > relay->config->slot_wait_ms_max * US_PER_MS)
		return fault(FAULT_STATE,
			"slot %s is still held by process %d of the server, which is no relay that "
			"was fenced: stop that reader",
			relay->config->slot, relay->slot.active_pid);
	if (now_us - relay->slot_told_us > SLOT_WORDS_US) {
		relay->slot_told_us = now_us;
		log_warning("waiting for the slot", LOG_TEXT("slot", relay->config->slot),
			LOG_TEXT("why", held ? "another reader holds it" : "it is not made yet"),
			LOG_NUMBER("pid", relay->slot.active_pid));
	}
	runtime_pause(SLOT_PAUSE_MS);
	return STEP_WAIT;
}

static int open_stream(struct relay *relay)
{
	char text[LSN_TEXT_SIZE];
	lsn_t start;
	int r = position_decide(&relay->position, &relay->slot, &start);

	if (r > 0)
		return wait_for_slot(relay, r == POSITION_WAIT_READER);
	if (r == 0)
		r = store_stream_open(relay->config->store, relay->config->slot,
			relay->config->publication, start, &relay->stream);
	if (r != 0)
		return r;
	relay->slot_since_us = 0;
	relay->opened_us = relay->moved_us = clock_monotonic_us();
	relay->opened_events = 0;
	relay->caught_up = false;
	publisher_init(&relay->publisher, relay->transactor, relay->config->topics);
	relay_wait_for(relay, NULL);
	log_info("streaming", LOG_TEXT("slot", relay->config->slot),
		LOG_TEXT("from", lsn_format(start, text)),
		LOG_NUMBER("backlog_bytes", relay->slot.current_lsn - start));
	if (!relay->position.known)
		return 0;
	/* Kafka holds it, but the slot may not have heard of it the last time. */
	return store_stream_acknowledge(relay->stream, relay->position.lsn, false);
}

int relay_start(struct relay *relay)
{
	int r = make_transactor(relay);

	if (r == 0)
		r = read_position(relay);
	if (r != 0 || relay->stream)
		return r;
	r = read_slot(relay);
	return r == 0 ? open_stream(relay) : r;
}

int relay_adopt(struct relay *relay)
{
	char text[LSN_TEXT_SIZE];
	int r = make_transactor(relay);

	if (r == 0)
		r = read_position(relay);
	if (r == 0)
		r = read_slot(relay);
	if (r != 0)
		return r;
	if (!relay->slot.slot_exists || relay->slot.slot_lost)
		return fault(FAULT_STATE, "slot %s is %s: make it again first", relay->config->slot,
			relay->slot.slot_exists ? "lost" : "not there");
	if (relay->slot.active_pid)
		return fault(FAULT_STATE,
			"slot %s is held by process %d of the server: stop it first",
			relay->config->slot, relay->slot.active_pid);
	publisher_init(&relay->publisher, relay->transactor, relay->config->topics);
	r = relay_commit(relay, relay->slot.confirmed_lsn);
	if (r == 0)
		log_warning("the slot's position is taken, whatever Kafka held",
			LOG_TEXT("lsn", lsn_format(relay->slot.confirmed_lsn, text)));
	return r;
}
