#include "dlq_letter.h"

#include <string.h>
#include <testkit/testkit.h>

static struct arena *arena;
static struct letter letter;

#define TEXT(n, v) \
	{ \
		.name = (n), .value = (v), .size = strlen(v) \
	}

/* Not emptied between two letters: they are compared. */
static void arena_ensure(void)
{
	if (!arena)
		arena = arena_create(0);
}

static void read_headers(const struct bus_header *headers, size_t count)
{
	arena_ensure();
	letter_read(&(struct bus_message){.topic = "dlq.payment",
			    .partition = 4,
			    .offset = 17,
			    .timestamp_ms = 99,
			    .key = "k",
			    .key_size = 1,
			    .value = "bytes",
			    .value_size = 5},
		headers, count, "payment", arena, &letter);
}

#define READ(...) \
	do { \
		const struct bus_header given[] = {__VA_ARGS__}; \
		read_headers(given, sizeof(given) / sizeof(given[0])); \
	} while (0)

#define ORIGIN \
	TEXT("dlq.topic", "payment.requests"), TEXT("dlq.partition", "3"), \
		TEXT("dlq.offset", "117"), TEXT("dlq.timestamp", "1700000000000")

TEST(says_where_it_came_from_and_why_it_died)
{
	READ(TEXT("id", "a"), ORIGIN, TEXT("dlq.group", "payment"),
		TEXT("dlq.reason", "refused: a second charge"), TEXT("dlq.class", "refused"));
	expect(!letter.broken);
	expect_text(letter.origin.topic, "payment.requests");
	expect_int(letter.origin.partition, 3);
	expect_int(letter.origin.offset, 117);
	expect_int(letter.origin.timestamp_ms, 1700000000000);
	expect_text(letter.reason, "refused: a second charge");
	expect_text(letter.class, "refused");
	expect(letter_was_decided(&letter));
	expect_int(letter.offset, 17);
	expect_bytes(letter.value, letter.value_size, "bytes", 5);
	expect_int(letter.redrives, 0);
}

TEST(keeps_its_own_headers_in_order_and_takes_ours_off)
{
	const struct bus_header *headers;
	size_t count;

	READ(TEXT("id", "a"), TEXT("redrives", "1"), {.name = "null"}, ORIGIN, TEXT("type", "b"),
		TEXT("id", "c"));
	expect_int(letter.redrives, 1);
	headers = letter_headers(&letter, arena, &count);
	expect_int(count, 5);
	expect_text(headers[0].name, "id");
	expect_text(headers[1].name, "null");
	expect(!headers[1].value);
	expect_text(headers[2].name, "type");
	expect_text(headers[3].name, "id");
	expect_bytes(headers[3].value, headers[3].size, "c", 1);
	expect_text(headers[4].name, "redrives");
	expect_bytes(headers[4].value, headers[4].size, "2", 1);
}

TEST(of_headers_that_occur_twice_the_last_one_is_the_loops)
{
	READ(TEXT("dlq.topic", "forged"), TEXT("dlq.offset", "1"), ORIGIN);
	expect_text(letter.origin.topic, "payment.requests");
	expect_int(letter.origin.offset, 117);
}

TEST(a_letter_without_an_origin_is_broken_and_known_by_its_own_place)
{
	READ(TEXT("dlq.topic", "payment.requests"), TEXT("dlq.partition", "3"),
		TEXT("dlq.offset", "-117"));
	expect_text(letter.broken, "it does not say where it came from");
	expect_text(letter.origin.topic, "dlq.payment");
	expect_int(letter.origin.partition, 4);
	expect_int(letter.origin.offset, 17);
	READ(TEXT("dlq.topic", "t"), TEXT("dlq.partition", "99999999999"), TEXT("dlq.offset", "1"));
	expect(letter.broken);
	READ({.name = "dlq.topic"}, TEXT("dlq.partition", "1"), TEXT("dlq.offset", "1"));
	expect(letter.broken);
	READ(TEXT("dlq.topic", "t"), TEXT("dlq.partition", ""), TEXT("dlq.offset", "1"));
	expect(letter.broken);
}

TEST(a_letter_that_is_not_all_there_is_broken)
{
	READ(ORIGIN, TEXT("dlq.omitted", "value"));
	expect_text(letter.broken, "value left out, read it at payment.requests [3] offset 117");
	expect_int(letter.origin.offset, 117);
}

TEST(a_letter_of_another_group_is_broken)
{
	READ(ORIGIN, TEXT("dlq.group", "order"));
	expect_text(letter.broken, "it is a dead letter of group order");
}

TEST(a_count_of_redrives_that_is_no_number_is_none)
{
	READ(ORIGIN, TEXT("redrives", "many"));
	expect_int(letter.redrives, 0);
	READ(ORIGIN, TEXT("redrives", "999999999999"));
	expect_int(letter.redrives, INT32_MAX);
}

TEST(is_the_same_by_id_key_bytes_and_topic)
{
	struct letter first, other;

	READ(ORIGIN, TEXT("id", "a"));
	first = letter;
	READ(TEXT("id", "a"), TEXT("redrives", "1"), TEXT("dlq.topic", "payment.requests"),
		TEXT("dlq.partition", "3"), TEXT("dlq.offset", "200"));
	expect(letter_is_same(&first, &letter));
	expect(letter_origin_compare(&first.origin, &letter.origin) < 0);
	other = letter;
	other.key = "K";
	expect(!letter_is_same(&first, &other));
	other = letter;
	other.value = NULL;
	expect(!letter_is_same(&first, &other));
	other = letter;
	other.origin.topic = "payment.events";
	expect(!letter_is_same(&first, &other));
	READ(ORIGIN, TEXT("id", "b"));
	expect(!letter_is_same(&first, &letter));
}

TEST(without_an_id_none_is_the_same)
{
	struct letter first;

	READ(ORIGIN);
	first = letter;
	READ(ORIGIN);
	expect(!letter_is_same(&first, &letter));
	READ(ORIGIN, TEXT("id", ""));
	first = letter;
	expect(!letter_is_same(&first, &letter));
}

TEST(an_origin_is_ordered_by_topic_partition_offset_and_time)
{
	const struct letter_origin origin = {"b", 1, 1, 1};

	expect_int(letter_origin_compare(&origin, &origin), 0);
	expect(letter_origin_compare(&origin, &(struct letter_origin){"c", 0, 0, 0}) < 0);
	expect(letter_origin_compare(&origin, &(struct letter_origin){"b", 0, 9, 9}) > 0);
	expect(letter_origin_compare(&origin, &(struct letter_origin){"b", 1, 2, 0}) < 0);
	expect(letter_origin_compare(&origin, &(struct letter_origin){"b", 1, 1, 0}) > 0);
}

TEST(a_key_is_shown_so_that_a_terminal_can_take_it)
{
	arena_ensure();
	expect_text(letter_key_text(NULL, 0, arena), "-");
	expect_text(letter_key_text("", 0, arena), "");
	expect_text(letter_key_text("a b\\\x1b\xff", 6, arena), "a\\x20b\\x5c\\x1b\\xff");
	expect_text(letter_key_text("0123456789012345678901234567890123456789012345678", 49, arena),
		"012345678901234567890123456789012345678901234567...");
}

TESTS("replay dlq letter", TEST_CASE(says_where_it_came_from_and_why_it_died),
	TEST_CASE(keeps_its_own_headers_in_order_and_takes_ours_off),
	TEST_CASE(of_headers_that_occur_twice_the_last_one_is_the_loops),
	TEST_CASE(a_letter_without_an_origin_is_broken_and_known_by_its_own_place),
	TEST_CASE(a_letter_that_is_not_all_there_is_broken),
	TEST_CASE(a_letter_of_another_group_is_broken),
	TEST_CASE(a_count_of_redrives_that_is_no_number_is_none),
	TEST_CASE(is_the_same_by_id_key_bytes_and_topic), TEST_CASE(without_an_id_none_is_the_same),
	TEST_CASE(an_origin_is_ordered_by_topic_partition_offset_and_time),
	TEST_CASE(a_key_is_shown_so_that_a_terminal_can_take_it))
