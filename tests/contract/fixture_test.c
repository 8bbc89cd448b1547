/*
 * What the system's own schemas do not use (yet): every kind of field, every
 * default, every promotion of Avro's resolution rules.
 */
#include "samples.h"

#include <string.h>
#include <testkit/testkit.h>

static const void *read_json(struct arena *arena, uint32_t schema_id, const char *text)
{
	size_t count;
	const struct event_version *versions = event_versions(&count);
	const struct avro_layout *layout = versions[schema_id - 1].layout;
	struct json_document *document JSON_CLEAN = NULL;
	void *event = arena_alloc(arena, layout->size);

	expect_int(versions[schema_id - 1].schema_id, schema_id);
	expect_ok(json_parse(text, strlen(text), &document));
	expect_ok(avro_read_json(layout, json_root(document), arena, event));
	return event;
}

static const char promoted_v1[] =
	"{\"orderId\":\"019c1358-7c00-7b3a-8f00-0d3c5a9e41b7\",\"count\":-2147483648,"
	"\"token\":\"019c1358-7c00-7b3a-8f00-0d3c5a9e41b7\",\"label\":\"lab\",\"raw\":\"c3a9\","
	"\"note\":\"\",\"maybe\":0,\"color\":\"DARK\","
	"\"gone\":{\"inner\":{\"x\":1,\"y\":\"y\"},\"z\":null},"
	"\"gones\":[{\"inner\":{\"x\":2,\"y\":\"\"},\"z\":3}],\"oldName\":\"old\","
	"\"part\":{\"a\":4}}";

TEST(promotions_aliases_and_removed_fields)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	const struct promoted_v1 *old = read_json(arena, 3, promoted_v1);
	struct promoted new;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(promoted_v1_encode(old, &out));
	expect_ok(promoted_decode(out.data, out.size, arena, &new));
	expect_int(new.count, INT32_MIN);
	expect_text(new.token, "019c1358-7c00-7b3a-8f00-0d3c5a9e41b7");
	expect_bytes(new.label, new.label_size, "lab", 3);
	expect_text(new.raw, "\xc3\xa9");
	expect_text(new.note, "");
	expect(new.has_maybe);
	expect_int(new.maybe, 0);
	/* DARK is not known any more; the enum's default stands in. */
	expect_int(new.color, SHADE_DIM);
	expect_text(new.new_name, "old");
	expect_int(new.part.a, 4);
	expect_int(new.part.b, 5);
}

TEST(bytes_that_are_no_text_are_not_promoted_to_it)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	struct promoted_v1 old = *(const struct promoted_v1 *)read_json(arena, 3, promoted_v1);
	struct promoted new;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	old.raw = "\xff";
	old.raw_size = 1;
	expect_ok(promoted_v1_encode(&old, &out));
	expect_fault(promoted_decode(out.data, out.size, arena, &new), FAULT_INPUT);
	expect_text(fault_text(), "Promoted.raw: text that is not UTF-8, or holds U+0000");
}

TEST(what_cannot_be_resolved_is_refused)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	const struct promoted *new = sample_read(arena, EVENT_PROMOTED);
	struct promoted_v1 old;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(promoted_encode(new, &out));
	expect_fault(promoted_v1_decode(out.data, out.size, arena, &old), FAULT_INPUT);
	expect_text(fault_text(), "Promoted: schema id 4 is none of its versions");
}

TEST(every_kind_of_default)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	static const struct everything_v1 old = {.text = "", .part = {.name = ""}, .old_text = ""};
	struct everything new;
	struct uuid id;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(everything_v1_encode(&old, &out));
	expect_ok(everything_decode(out.data, out.size, arena, &new));
	expect_text(new.added_text, "\xc3\xa9 \"quoted\" \\ ?\?/");
	expect_int(new.added_small, INT32_MIN);
	expect(new.added_big == INT64_MIN);
	expect(new.added_flag);
	expect_int(new.added_color, COLOR_GREEN);
	expect_int(new.added_at_us, INT64_C(1769853600000001));
	expect_ok(uuid_parse("019c1358-7c00-7b3a-8f00-0d3c5a9e41b7", 36, &id));
	expect_uuid(&new.added_id, &id);
	expect_int(new.added_names_count, 0);
	expect(new.added_blob != NULL);
	expect_int(new.added_blob_size, 0);
	expect(!new.has_added_maybe);
	expect(new.added_maybe_text == NULL);
}

/* Everything both versions have comes through both ways; the rest is what the defaults say. */
TEST(all_kinds_survive_a_round_through_both_versions)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	const struct everything *event = sample_read(arena, EVENT_EVERYTHING);
	struct everything expected = *event, after;
	struct everything_v1 old;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(everything_encode(event, &out));
	expect_ok(everything_v1_decode(out.data, out.size, arena, &old));
	expect_text(old.old_text, "gone");
	expect_int(old.old_parts_count, 0);
	expect(uuid_is_nil(&old.old_maybe));
	expect_int(old.old_color, COLOR_V1_BLUE);
	expect_int(old.old_blob_size, 0);
	expect_int(old.old_big, -1);
	expect_int(old.old_names_count, 0);
	expect(old.old_flag);
	expect(old.old_maybe_text == NULL);
	/* The symbols stand in another order there. */
	expect_int(old.color, COLOR_V1_GREEN);
	expect(old.has_maybe_color);
	expect_int(old.maybe_color, COLOR_V1_BLUE);

	buffer_reset(&out);
	expect_ok(everything_v1_encode(&old, &out));
	expect_ok(everything_decode(out.data, out.size, arena, &after));
	expected.added_text = after.added_text;
	expected.added_small = after.added_small;
	expected.added_big = after.added_big;
	expected.added_flag = after.added_flag;
	expected.added_color = after.added_color;
	expected.added_at_us = after.added_at_us;
	expected.added_id = after.added_id;
	expected.added_names = after.added_names;
	expected.added_names_count = after.added_names_count;
	expected.added_blob = after.added_blob;
	expected.added_blob_size = after.added_blob_size;
	expected.has_added_maybe = after.has_added_maybe;
	expected.added_maybe = after.added_maybe;
	expected.added_maybe_text = after.added_maybe_text;
	expect_text(event_text(arena, event_info(EVENT_EVERYTHING)->layout, &after),
		event_text(arena, event_info(EVENT_EVERYTHING)->layout, &expected));
}

static void must_refuse(const struct everything *event, const char *words)
{
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_fault(everything_encode(event, &out), FAULT_INPUT);
	expect_text(fault_text(), words);
}

TEST(every_kind_is_checked_before_it_is_written)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	const struct everything *sample = sample_read(arena, EVENT_EVERYTHING);
	static const char *const names[] = {"", "seventeen letters"};
	static const money_t prices[] = {0, MONEY_MAX + 1};
	struct everything event = *sample;

	event.blob_size = 33;
	must_refuse(&event, "Everything.blob: longer than 32 bytes");
	event = *sample;
	event.color = (enum color)3;
	must_refuse(&event, "Everything.color: no such symbol");
	event = *sample;
	event.maybe_text = "seventeen letters";
	must_refuse(&event, "Everything.maybeText: longer than 16 bytes");
	event = *sample;
	event.has_maybe_at_us = true;
	event.maybe_at_us = INT64_MIN;
	must_refuse(&event, "Everything.maybeAt: a time outside the years 1 to 9999");
	event = *sample;
	event.names = names;
	event.names_count = 2;
	must_refuse(&event, "Everything.names: longer than 16 bytes");
	event = *sample;
	event.prices = prices;
	event.prices_count = 2;
	must_refuse(&event, "Everything.prices: an amount beyond 18 digits");
	event = *sample;
	event.part.name = NULL;
	must_refuse(&event, "Part.name: no text");
	event = *sample;
	event.parts_count = 4;
	must_refuse(&event, "Everything.parts: more than 3 items");
}

static void refuse_json(struct arena *arena, const char *text, const char *words)
{
	const struct avro_layout *layout = event_info(EVENT_PROMOTED)->layout;
	struct json_document *document JSON_CLEAN = NULL;
	struct promoted event;

	expect_ok(json_parse(text, strlen(text), &document));
	expect_fault(avro_read_json(layout, json_root(document), arena, &event), FAULT_INPUT);
	if (strstr(fault_text(), words) == NULL)
		fail_test("\"%s\" should say \"%s\"", fault_text(), words);
}

/* The sample with one member's value replaced. */
static void refuse_member(
	struct arena *arena, const char *member, const char *value, const char *words)
{
	const char *text = json_compact(arena, sample_text(arena, latest_version(EVENT_PROMOTED)));
	const char *at = strstr(text, arena_format(arena, "\"%s\":", member));
	const char *end = at + strlen(member) + 3;
	int depth = 0;

	for (; depth > 0 || (*end != ',' && *end != '}'); end++)
		depth += (*end == '{') - (*end == '}');
	refuse_json(arena,
		arena_format(arena, "%.*s\"%s\":%s%s", (int)(at - text), text, member, value, end),
		words);
}

TEST(json_that_does_not_fit_is_refused_by_member)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);

	refuse_json(arena, "[]", "an object expected");
	refuse_json(arena, "{}", "Promoted.orderId: a value expected");
	refuse_member(arena, "orderId", "\"x\"", "Promoted.orderId: uuid expected");
	refuse_member(arena, "orderId", "null", "Promoted.orderId: uuid expected");
	refuse_member(arena, "count", "\"1\"", "Promoted.count: a long expected");
	refuse_member(arena, "token", "\"0123456789012345678901234567890123456\"",
		"Promoted.token: longer than 36 bytes");
	refuse_member(arena, "label", "\"0g\"", "Promoted.label: hex digits expected");
	refuse_member(arena, "label", "\"000\"", "Promoted.label: an even number");
	refuse_member(arena, "color", "\"DARK\"", "Promoted.color: one of the enum's symbols");
	refuse_member(arena, "part", "{\"a\":1}", "NewPart.b: a value expected");
	refuse_member(arena, "part", "{\"a\":1,\"b\":2147483648}", "NewPart.b: an int expected");
	refuse_member(arena, "part", "{\"a\":1,\"b\":2},\"more\":1", "not in the schema");
}

TESTS("fixture", TEST_CASE(promotions_aliases_and_removed_fields),
	TEST_CASE(bytes_that_are_no_text_are_not_promoted_to_it),
	TEST_CASE(what_cannot_be_resolved_is_refused), TEST_CASE(every_kind_of_default),
	TEST_CASE(all_kinds_survive_a_round_through_both_versions),
	TEST_CASE(every_kind_is_checked_before_it_is_written),
	TEST_CASE(json_that_does_not_fit_is_refused_by_member))
