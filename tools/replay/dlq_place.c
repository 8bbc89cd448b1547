#include "dlq_place.h"

void dlq_place_keep(struct dlq_place *place, int64_t offset)
{
	if (offset < place->kept)
		place->kept = offset;
}

struct bus_position *dlq_place_positions(const struct dlq_plan *plan,
	const struct dlq_place *places, size_t count, const char *topic, struct arena *arena)
{
	struct bus_position *positions = arena_array(arena, count, sizeof(*positions));

	for (size_t i = 0; i < count; i++)
		positions[i] = (struct bus_position){.topic = topic,
			.partition = (int32_t)i,
			.offset = places[i].kept < places[i].read_to ? places[i].kept
								     : places[i].read_to};
	for (size_t i = 0; i < plan->count; i++) {
		const struct dlq_plan_entry *entry = &plan->entries[i];
		/* A repeat is done with when what it repeats is. */
		const struct dlq_plan_entry *done =
			entry->repeat < 0 ? entry : &plan->entries[entry->repeat];
		struct bus_position *position = &positions[entry->letter.partition];

		if (done->state != LETTER_FINISHED && entry->letter.offset < position->offset)
			position->offset = entry->letter.offset;
	}
	return positions;
}
