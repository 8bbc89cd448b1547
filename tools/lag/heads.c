#include "heads.h"

#include <base/clock.h>
#include <base/fault.h>
#include <bus/options.h>
#include <bus/reader.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 200
#define WAIT_MS 50
#define OURS 4

/* One message of each is wanted: little is fetched ahead, and the end is told at once. */
static const char *const own_options[OURS] = {
	"queued.min.messages=1",
	"fetch.message.max.bytes=4096",
	"fetch.wait.max.ms=5",
	"fetch.error.backoff.ms=20",
};

/* One reading: places of different topics or partitions. */
struct round {
	const struct heads_config *config;
	struct place **places;
	struct bus_stretch *stretches;
	size_t count, open;
	bool *answered;
};

static bool is_wanted(const struct place *place)
{
	return place->committed >= 0 && !place_is_gone(place) && place->first_ms < 0 &&
		!place->only_markers && place_next(place) < place->end;
}

static bool has_partition(const struct round *round, const struct place *place)
{
	for (size_t i = 0; i < round->count; i++) {
		if (round->places[i]->partition == place->partition &&
			strcmp(round->places[i]->topic, place->topic) == 0)
			return true;
	}
	return false;
}

/* A reader reads a partition from one place only: other groups wait for another round. */
static void round_gather(struct round *round, struct place **wanted, size_t *count)
{
	size_t left = 0;

	round->count = 0;
	for (size_t i = 0; i < *count; i++) {
		struct place *place = wanted[i];

		if (has_partition(round, place)) {
			wanted[left++] = place;
			continue;
		}
		round->stretches[round->count] = (struct bus_stretch){
			place->topic, place->partition, place_next(place), place->end};
		round->answered[round->count] = false;
		round->places[round->count++] = place;
	}
	round->open = round->count;
	*count = left;
}

static void round_message(struct round *round, const struct bus_message *message)
{
	for (size_t i = 0; i < round->count; i++) {
		struct place *place = round->places[i];

		if (place->partition != message->partition ||
			strcmp(place->topic, message->topic) != 0)
			continue;
		if (!round->answered[i]) {
			round->answered[i] = true;
			round->open--;
			place->first_ms = message->timestamp_ms;
		}
		return;
	}
}

/* Read to its end without a message: markers, or what was aborted. */
static void round_ends(struct round *round, const struct bus_reader *reader)
{
	for (size_t i = 0; i < round->count; i++) {
		if (round->answered[i] || !bus_reader_is_done(reader, i))
			continue;
		round->answered[i] = true;
		round->open--;
		round->places[i]->only_markers = true;
	}
}

static int round_read(struct round *round, const char *const *options, int64_t until_us)
{
	const struct bus_reader_config config = {
		.bootstrap = round->config->bootstrap,
		.client_id = "lag",
		.options = options,
		.stretches = round->stretches,
		.count = round->count,
		.batch_max = BATCH_MAX,
	};
	struct bus_reader *reader;
	struct bus_batch batch;
	int r = bus_reader_create(&config, &reader);

	if (r < 0)
		return r;
	while (round->open > 0 && clock_monotonic_us() < until_us) {
		r = bus_reader_next(reader, WAIT_MS, &batch);
		for (size_t i = 0; r == 0 && i < batch.count; i++)
			round_message(round, &batch.messages[i]);
		if (r == 0)
			bus_reader_release(reader, &batch);
		round_ends(round, reader);
		if (r == BUS_READER_DONE || (r < 0 && !fault_is_transient(r)))
			break;
	}
	bus_reader_destroy(reader);
	return 0;
}

static void options_join(const struct heads_config *config, const char **ret_options)
{
	size_t count = OURS;

	memcpy(ret_options, own_options, sizeof(own_options));
	for (size_t i = 0; config->options && config->options[i] && i < BUS_OPTIONS_MAX; i++)
		ret_options[count++] = config->options[i];
	ret_options[count] = NULL;
}

static int read_wanted(const struct heads_config *config, struct place **wanted, size_t count)
{
	int64_t until_us = clock_monotonic_us() + config->timeout_ms * US_PER_MS;
	const char *options[OURS + BUS_OPTIONS_MAX + 1];
	struct round round = {
		.config = config,
		.places = calloc(count, sizeof(struct place *)),
		.stretches = calloc(count, sizeof(struct bus_stretch)),
		.answered = calloc(count, sizeof(bool)),
	};
	int r = 0;

	options_join(config, options);
	if (!round.places || !round.stretches || !round.answered)
		r = fault(FAULT_SYSTEM, "out of memory");
	while (r == 0 && count > 0) {
		round_gather(&round, wanted, &count);
		r = round_read(&round, options, until_us);
	}
	free(round.places);
	free(round.stretches);
	free(round.answered);
	return r;
}

int heads_read(const struct heads_config *config, struct place *places, size_t count)
{
	struct place **wanted = calloc(count + 1, sizeof(struct place *));
	size_t wanted_count = 0;
	int r = 0;

	if (wanted == NULL)
		return fault(FAULT_SYSTEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		if (is_wanted(&places[i]))
			wanted[wanted_count++] = &places[i];
	}
	if (wanted_count > 0)
		r = read_wanted(config, wanted, wanted_count);
	free(wanted);
	return r;
}
