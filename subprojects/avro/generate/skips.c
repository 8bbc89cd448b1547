#include "readers.h"

static void put_skip_value(const struct place *place, int depth, const struct avro_type *type);

static void put_skip_array(const struct place *place, int depth, const struct avro_type *type)
{
	put(place->out, depth,
		"for (size_t count = 0, block; (block = avro_read_block(reader, count, %zu)) > 0; "
		"count += block)",
		type->max);
	put(place->out, depth + 1, "for (size_t i = 0; i < block && reader->failure == NULL; i++)");
	put_skip_value(place, depth + 2, type->items);
}

static void put_skip_value(const struct place *place, int depth, const struct avro_type *type)
{
	switch (type->kind) {
	case AVRO_STRING:
		put(place->out, depth, "avro_skip_string(reader, %zu);", type->max);
		return;
	case AVRO_BYTES:
		put(place->out, depth, "avro_skip_bytes(reader, %zu);", type->max);
		return;
	case AVRO_ENUM:
		put(place->out, depth, "avro_read_enum(reader, %zu);", type->named->symbols.count);
		return;
	case AVRO_RECORD:
		put(place->out, depth, "skip_%s(reader);", written_type(place, type->named));
		return;
	case AVRO_ARRAY:
		put_skip_array(place, depth, type);
		return;
	default:
		put(place->out, depth, "%s;", read_call(place, type, type));
		return;
	}
}

void put_skip_field(const struct place *place, const struct avro_field *field)
{
	int depth = put_branch(place, &field->type);

	put_skip_value(place, depth, &field->type);
	put_branch_end(place, &field->type);
}

static bool claim(struct done *done, const struct avro_named *record)
{
	for (size_t i = 0; i < done->skipped_count; i++)
		if (done->skipped[i] == record)
			return false;
	done->skipped[done->skipped_count++] = record;
	return true;
}

/* Inner ones first. */
void put_skip_record(const struct place *place, const struct avro_named *record)
{
	if (!claim(place->done, record))
		return;
	for (size_t i = 0; i < record->field_count; i++)
		if (record_inside(&record->fields[i].type) != NULL)
			put_skip_record(place, record_inside(&record->fields[i].type));
	put(place->out, 0, "\nstatic void skip_%s(struct avro_reader *reader)",
		written_type(place, record));
	put(place->out, 0, "{");
	for (size_t i = 0; i < record->field_count; i++)
		put_skip_field(place, &record->fields[i]);
	put(place->out, 0, "}");
}
