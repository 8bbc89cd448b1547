#include "names.h"

#include <base/fault.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

const char *name_snake(struct arena *arena, const char *name)
{
	char *snake = arena_alloc(arena, 2 * strlen(name) + 1);
	size_t size = 0;

	for (size_t i = 0; name[i] != '\0'; i++) {
		const bool upper = isupper((unsigned char)name[i]);
		const bool after_word =
			i > 0 && name[i - 1] != '_' && !isupper((unsigned char)name[i - 1]);
		const bool before_word = i > 0 && isupper((unsigned char)name[i - 1]) &&
			islower((unsigned char)name[i + 1]);

		if (upper && (after_word || before_word))
			snake[size++] = '_';
		snake[size++] = (char)tolower((unsigned char)name[i]);
	}
	return snake;
}

const char *name_upper(struct arena *arena, const char *name)
{
	char *upper = arena_string(arena, name_snake(arena, name));

	for (char *at = upper; *at != '\0'; at++)
		*at = (char)toupper((unsigned char)*at);
	return upper;
}

const char *name_member(struct arena *arena, const struct avro_field *field)
{
	const char *snake = name_snake(arena, field->name);

	return field->type.kind == AVRO_TIMESTAMP ? arena_format(arena, "%s_us", snake) : snake;
}

const char *name_versioned(
	struct arena *arena, const struct version *version, const struct avro_named *named)
{
	return arena_format(arena, "%s_v%d", name_snake(arena, named->name), version->number);
}

const char *name_type(struct arena *arena, const struct event *event, const struct version *version,
	const struct avro_named *named)
{
	if (version == event_latest(event))
		return name_snake(arena, named->name);
	return name_versioned(arena, version, named);
}

const char *name_c_type(struct arena *arena, const struct event *event,
	const struct version *version, const struct avro_type *type)
{
	switch (type->kind) {
	case AVRO_BOOLEAN:
		return "bool ";
	case AVRO_INT:
		return "int32_t ";
	case AVRO_LONG:
	case AVRO_TIMESTAMP:
		return "int64_t ";
	case AVRO_STRING:
		return "const char *";
	case AVRO_BYTES:
		return "const void *";
	case AVRO_UUID:
		return "struct uuid ";
	case AVRO_DECIMAL:
		return "money_t ";
	case AVRO_ENUM:
		return arena_format(
			arena, "enum %s ", name_type(arena, event, version, type->named));
	case AVRO_RECORD:
		return arena_format(
			arena, "struct %s ", name_type(arena, event, version, type->named));
	case AVRO_ARRAY:
		break;
	}
	return NULL;
}

bool name_has_flag(const struct avro_type *type)
{
	return type->nullable && type->kind != AVRO_STRING && type->kind != AVRO_BYTES &&
		type->kind != AVRO_UUID;
}

/* Every name given so far in one scope. */
struct scope {
	const char *where;
	const char *names[1024];
	size_t count;
};

static int claim(struct scope *scope, const char *name)
{
	static const char *const keywords[] = {"auto", "bool", "break", "case", "char", "const",
		"continue", "default", "do", "double", "else", "enum", "extern", "false", "float",
		"for", "goto", "if", "inline", "int", "long", "register", "restrict", "return",
		"short", "signed", "sizeof", "static", "struct", "switch", "true", "typedef",
		"union", "unsigned", "void", "volatile", "while"};

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcmp(keywords[i], name) == 0)
			return fault(FAULT_INPUT, "%s: %s is a word of C; take another name",
				scope->where, name);
	for (size_t i = 0; i < scope->count; i++)
		if (strcmp(scope->names[i], name) == 0)
			return fault(FAULT_INPUT, "%s: two things are called %s in C", scope->where,
				name);
	if (scope->count == sizeof(scope->names) / sizeof(scope->names[0]))
		return fault(FAULT_LIMIT, "%s: too many names", scope->where);
	scope->names[scope->count++] = name;
	return 0;
}

static int claim_member(struct arena *arena, struct scope *members, const struct avro_field *field)
{
	const char *member = name_member(arena, field);
	int r = claim(members, member);

	if (r == 0 && field->type.kind == AVRO_ARRAY)
		r = claim(members, arena_format(arena, "%s_count", member));
	if (r == 0 && field->type.kind == AVRO_BYTES)
		r = claim(members, arena_format(arena, "%s_size", member));
	if (r == 0 && name_has_flag(&field->type))
		r = claim(members, arena_format(arena, "has_%s", member));
	return r;
}

static const struct avro_named *named_of(const struct avro_type *type)
{
	return type->kind == AVRO_ARRAY ? type->items->named : type->named;
}

/*
 * A record or enum and all inside it. One used in two places of a schema is
 * claimed once; it comes again as the same object.
 */
static int claim_named(struct arena *arena, struct scope *types, const struct event *event,
	const struct version *version, const struct avro_named *named)
{
	struct scope *members = arena_new(arena, struct scope);
	const char *name = name_type(arena, event, version, named);
	int r = claim(types, name);

	members->where = arena_format(arena, "%s.avsc, %s", version->path, named->name);
	for (size_t i = 0; r == 0 && i < named->field_count; i++) {
		const struct avro_named *inner = named_of(&named->fields[i].type);
		bool again = false;

		r = claim_member(arena, members, &named->fields[i]);
		for (size_t j = 0; j < i; j++)
			again |= named_of(&named->fields[j].type) == inner;
		if (r == 0 && inner != NULL && !again)
			r = claim_named(arena, types, event, version, inner);
	}
	return r;
}

int model_check_names(const struct model *model)
{
	struct scope *types = arena_new(model->arena, struct scope);

	types->where = "types";
	for (size_t i = 0; i < model->event_count; i++) {
		const struct event *event = &model->events[i];

		for (size_t j = 0; j < event->version_count; j++) {
			int r = claim_named(model->arena, types, event, &event->versions[j],
				event->versions[j].schema->record);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

const char *name_c_text(struct arena *arena, const char *text)
{
	char *literal = arena_alloc(arena, 4 * strlen(text) + 3);
	size_t size = 0;

	literal[size++] = '"';
	for (const char *at = text; *at != '\0'; at++) {
		const unsigned char byte = (unsigned char)*at;

		/* Octal: unlike \x it ends after three digits. */
		if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\' || byte == '?') {
			literal[size++] = '\\';
			literal[size++] = (char)('0' + (byte >> 6));
			literal[size++] = (char)('0' + (byte >> 3 & 7));
			literal[size++] = (char)('0' + (byte & 7));
		} else {
			literal[size++] = *at;
		}
	}
	literal[size++] = '"';
	return literal;
}

const char *name_c_number(struct arena *arena, int64_t number)
{
	/* There is no literal for the smallest: it would be minus a number that is too large. */
	if (number == INT64_MIN)
		return "INT64_MIN";
	return arena_format(arena, "%" PRId64, number);
}
