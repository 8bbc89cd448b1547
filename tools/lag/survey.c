#include "survey.h"
#include "heads.h"
#include "history.h"

#include <base/clock.h>
#include <base/fault.h>
#include <stdlib.h>

/* An old message that is far away on disk must not hold up the answer for long. */
#define HEADS_TIMEOUT_MS 2000

struct survey {
	struct survey_config config;
	struct bus_cluster *cluster;
	struct history *history;
	struct arena *arena;
	struct look look;
};

int survey_create(const struct survey_config *config, struct survey **ret_survey)
{
	struct survey *survey = calloc(1, sizeof(*survey));
	int r = 0;

	if (survey) {
		survey->config = *config;
		survey->arena = arena_create(0);
		survey->history = history_create(config->window_us);
	}
	if (!survey || !survey->history)
		r = fault(FAULT_SYSTEM, "out of memory");
	if (r == 0)
		r = bus_cluster_create(
			&(struct bus_cluster_config){
				.bootstrap = config->bootstrap,
				.client_id = "lag",
				.options = config->options,
				.timeout_ms = config->timeout_ms,
			},
			&survey->cluster);
	if (r < 0)
		survey_destroy(survey);
	else
		*ret_survey = survey;
	return r;
}

void survey_destroy(struct survey *survey)
{
	if (survey == NULL)
		return;
	bus_cluster_destroy(survey->cluster);
	history_destroy(survey->history);
	arena_destroy(survey->arena);
	free(survey);
}

struct arena *survey_arena(struct survey *survey)
{
	return survey->arena;
}

static int read_heads(struct survey *survey)
{
	struct look *look = &survey->look;

	for (size_t i = 0; i < look->count; i++)
		history_recall(survey->history, &look->places[i]);
	return heads_read(
		&(struct heads_config){
			.bootstrap = survey->config.bootstrap,
			.options = survey->config.options,
			.timeout_ms = HEADS_TIMEOUT_MS,
		},
		look->places, look->count);
}

int survey_look(struct survey *survey, const struct look **ret_look)
{
	const struct look_config config = {
		.cluster = survey->cluster,
		.groups = survey->config.groups,
		.topics = survey->config.topics,
	};
	struct look *look = &survey->look;
	int64_t now_us;
	int r;

	arena_reset(survey->arena);
	r = look_take(&config, survey->arena, look);
	now_us = clock_monotonic_us();
	if (r == 0)
		r = read_heads(survey);
	for (size_t i = 0; r == 0 && i < look->count; i++) {
		place_measure(&look->places[i], look->at_us / US_PER_MS);
		r = history_take(survey->history, &look->places[i], now_us);
	}
	if (r == 0)
		*ret_look = look;
	return r;
}
