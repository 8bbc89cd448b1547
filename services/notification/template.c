#include "template.h"

#include <assert.h>
#include <base/buffer.h>
#include <base/fault.h>
#include <stdbool.h>
#include <string.h>

static const char *const field_names[] = {
	[TEMPLATE_ORDER_ID] = "orderId",
	[TEMPLATE_AMOUNT] = "amount",
	[TEMPLATE_REASON] = "reason",
};

static int field_of(const char *name, size_t size)
{
	for (int field = 0; field < TEMPLATE_FIELD_COUNT; field++) {
		if (strlen(field_names[field]) == size &&
			memcmp(field_names[field], name, size) == 0)
			return field;
	}
	return -1;
}

/* "{orderId} {reason}": what @fields allow, for a person who wrote another. */
static const char *field_list(unsigned fields, struct buffer *list)
{
	for (int field = 0; field < TEMPLATE_FIELD_COUNT; field++) {
		if (fields & (1u << field))
			buffer_add_format(
				list, "%s{%s}", list->size > 0 ? " " : "", field_names[field]);
	}
	return list->size > 0 ? list->data : "none";
}

static int refuse_field(const char *name, size_t size, unsigned fields)
{
	BUFFER_CLEAN struct buffer list;

	buffer_init(&list, 0);
	return fault(FAULT_INPUT, "there is no placeholder {%.*s} here; there are: %s",
		(int)(size < 40 ? size : 40), name, field_list(fields, &list));
}

static int check_fields(const char *text, unsigned fields)
{
	while (*(text += strcspn(text, "{}"))) {
		size_t size;
		int field;

		if (*text == '}')
			return fault(FAULT_INPUT, "a } without its {");
		size = strcspn(++text, "{}\n");
		if (text[size] != '}')
			return fault(FAULT_INPUT, "a { without its }");
		field = field_of(text, size);
		if (field < 0 || !(fields & (1u << field)))
			return refuse_field(text, size, fields);
		text += size + 1;
	}
	return 0;
}

static bool is_header_text(const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			return false;
	}
	return true;
}

int template_check(const struct template *template, unsigned fields)
{
	size_t subject = strlen(template->subject), body = strlen(template->body);
	int r;

	if (subject == 0 || subject > TEMPLATE_SUBJECT_MAX || body == 0 || body > TEMPLATE_BODY_MAX)
		return fault(FAULT_INPUT, "a subject has 1 to %d bytes, a body 1 to %d",
			TEMPLATE_SUBJECT_MAX, TEMPLATE_BODY_MAX);
	if (!is_header_text(template->subject))
		return fault(FAULT_INPUT, "a subject is one line of ASCII");
	r = check_fields(template->subject, fields & TEMPLATE_SUBJECT_FIELDS);
	return r == 0 ? check_fields(template->body, fields) : r;
}

static void add_value(struct buffer *out, const char *value)
{
	for (; *value; value++)
		buffer_add_byte(
			out, (unsigned char)*value < ' ' || *value == 0x7f ? ' ' : (uint8_t)*value);
}

const char *template_render(
	const char *text, const struct template_values *values, struct arena *arena)
{
	BUFFER_CLEAN struct buffer out;

	buffer_init(&out, 0);
	for (;;) {
		size_t size = strcspn(text, "{");
		int field;

		buffer_add(&out, text, size);
		if (!text[size])
			break;
		text += size + 1;
		size = strcspn(text, "}");
		field = field_of(text, size);
		assert(field >= 0 && values->texts[field]);
		add_value(&out, values->texts[field]);
		text += size + 1;
	}
	return arena_string_of(arena, out.data ? out.data : "", out.size);
}
