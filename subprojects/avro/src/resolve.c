#include <avro/schema.h>
#include <base/fault.h>
#include <base/uuid.h>
#include <stdio.h>
#include <string.h>

/* JSON_DEPTH_MAX ends a schema after five records inside each other. */
#define PATH_SIZE 512
#define KIND_BIT(kind) (1u << (kind))

/* The path grows while the walk goes down and is cut when it comes back. */
struct walk {
	char path[PATH_SIZE];
	size_t length;
};

static int resolve_record(
	struct walk *walk, const struct avro_named *reader, const struct avro_named *writer);

static size_t walk_into(struct walk *walk, const char *separator, const char *name)
{
	const size_t before = walk->length;
	const size_t room = sizeof(walk->path) - before;
	const int size = snprintf(walk->path + before, room, "%s%s", separator, name);

	walk->length += (size_t)size < room ? (size_t)size : room - 1;
	return before;
}

static void walk_back(struct walk *walk, size_t before)
{
	walk->length = before;
	walk->path[before] = '\0';
}

static bool names_hold(const struct avro_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return false;
}

const struct avro_field *avro_field_source(
	const struct avro_field *field, const struct avro_named *writer)
{
	for (size_t i = 0; i < writer->field_count; i++)
		if (strcmp(writer->fields[i].name, field->name) == 0)
			return &writer->fields[i];
	for (size_t i = 0; i < writer->field_count; i++)
		if (names_hold(&field->aliases, writer->fields[i].name))
			return &writer->fields[i];
	return NULL;
}

int avro_symbol_source(
	const struct avro_named *reader, const struct avro_named *writer, size_t symbol)
{
	for (size_t i = 0; i < reader->symbols.count; i++)
		if (strcmp(reader->symbols.list[i], writer->symbols.list[symbol]) == 0)
			return (int)i;
	return reader->has_symbol_default ? (int)reader->symbol_default : -1;
}

static int resolve_name(
	struct walk *walk, const struct avro_named *reader, const struct avro_named *writer)
{
	if (strcmp(reader->name, writer->name) == 0 || names_hold(&reader->aliases, writer->name))
		return 0;
	return fault(FAULT_INPUT, "%s: %s is written, %s is read, and no alias says they are one",
		walk->path, writer->name, reader->name);
}

static int resolve_enum(
	struct walk *walk, const struct avro_named *reader, const struct avro_named *writer)
{
	int r = resolve_name(walk, reader, writer);

	if (r < 0)
		return r;
	for (size_t i = 0; i < writer->symbols.count; i++)
		if (avro_symbol_source(reader, writer, i) < 0)
			return fault(FAULT_INPUT,
				"%s: symbol %s is written, the reader neither has it nor a default",
				walk->path, writer->symbols.list[i]);
	return 0;
}

/* The longest text or bytes a writer of this type may write. */
static size_t longest(const struct avro_type *type)
{
	return type->kind == AVRO_UUID ? UUID_TEXT_SIZE - 1 : type->max;
}

static int resolve_bound(
	struct walk *walk, const struct avro_type *reader, const struct avro_type *writer)
{
	if (longest(writer) <= reader->max)
		return 0;
	return fault(FAULT_INPUT, "%s: up to %zu are written, the reader takes %zu", walk->path,
		longest(writer), reader->max);
}

/* The kinds of writers that a reader of @kind takes: its own and those promoted to it. */
static unsigned readable_kinds(enum avro_kind kind)
{
	switch (kind) {
	case AVRO_LONG:
		return KIND_BIT(AVRO_LONG) | KIND_BIT(AVRO_INT);
	case AVRO_STRING:
		return KIND_BIT(AVRO_STRING) | KIND_BIT(AVRO_BYTES) | KIND_BIT(AVRO_UUID);
	case AVRO_BYTES:
		return KIND_BIT(AVRO_BYTES) | KIND_BIT(AVRO_STRING);
	default:
		return KIND_BIT(kind);
	}
}

static int resolve_type(
	struct walk *walk, const struct avro_type *reader, const struct avro_type *writer)
{
	if ((readable_kinds(reader->kind) & KIND_BIT(writer->kind)) == 0)
		return fault(FAULT_INPUT, "%s: %s is written, %s cannot be read from it",
			walk->path, avro_kind_name(writer->kind), avro_kind_name(reader->kind));
	if (writer->nullable && !reader->nullable)
		return fault(
			FAULT_INPUT, "%s: null may be written, the reader takes none", walk->path);
	switch (reader->kind) {
	case AVRO_STRING:
	case AVRO_BYTES:
		return resolve_bound(walk, reader, writer);
	case AVRO_ENUM:
		return resolve_enum(walk, reader->named, writer->named);
	case AVRO_RECORD:
		return resolve_record(walk, reader->named, writer->named);
	case AVRO_ARRAY: {
		int r = resolve_bound(walk, reader, writer);
		if (r < 0)
			return r;
		walk_into(walk, "", "[]");
		return resolve_type(walk, reader->items, writer->items);
	}
	default:
		return 0;
	}
}

/* Two fields of the reader must not take their value from one of the writer. */
static int resolve_once(struct walk *walk, const struct avro_named *reader, size_t field,
	const struct avro_named *writer)
{
	const struct avro_field *source = avro_field_source(&reader->fields[field], writer);

	for (size_t i = 0; source != NULL && i < field; i++)
		if (avro_field_source(&reader->fields[i], writer) == source)
			return fault(FAULT_INPUT, "%s: both %s and %s are read from %s", walk->path,
				reader->fields[i].name, reader->fields[field].name, source->name);
	return 0;
}

static int resolve_field(struct walk *walk, const struct avro_named *reader, size_t index,
	const struct avro_named *writer)
{
	const struct avro_field *field = &reader->fields[index];
	const struct avro_field *source = avro_field_source(field, writer);
	size_t before;
	int r;

	r = resolve_once(walk, reader, index, writer);
	if (r < 0)
		return r;
	before = walk_into(walk, ".", field->name);
	if (source == NULL && !field->has_default)
		return fault(FAULT_INPUT, "%s: is not written and has no default", walk->path);
	if (source != NULL) {
		r = resolve_type(walk, &field->type, &source->type);
		if (r < 0)
			return r;
	}
	walk_back(walk, before);
	return 0;
}

static int resolve_record(
	struct walk *walk, const struct avro_named *reader, const struct avro_named *writer)
{
	int r = resolve_name(walk, reader, writer);

	for (size_t i = 0; r == 0 && i < reader->field_count; i++)
		r = resolve_field(walk, reader, i, writer);
	return r;
}

int avro_schema_resolve(const struct avro_schema *reader, const struct avro_schema *writer)
{
	struct walk walk = {0};

	walk_into(&walk, "", reader->record->name);
	return resolve_record(&walk, reader->record, writer->record);
}
