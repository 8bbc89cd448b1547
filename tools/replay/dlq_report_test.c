#include "dlq_report.h"

#include <json/json.h>
#include <string.h>
#include <testkit/testkit.h>

static struct arena *arena;
static struct buffer out;
static struct dlq_plan_entry entries[6];
static struct dlq_plan plan;

static struct dlq_plan_entry *add(
	int64_t offset, enum letter_state state, const char *class, const char *reason)
{
	struct dlq_plan_entry *entry = &entries[plan.count++];

	*entry = (struct dlq_plan_entry){
		.letter = {.partition = 1,
			.offset = offset,
			.at_ms = 1700000000000,
			.origin = {"payment.requests", 3, 100 + offset, 0},
			.key = "order-1",
			.key_size = 7,
			.class = class,
			.reason = reason},
		.state = state,
		.outcome = AUDIT_REDRIVEN,
		.repeat = -1,
	};
	return entry;
}

static void begin(void)
{
	arena = arena_create(0);
	buffer_init(&out, 0);
	plan = (struct dlq_plan){.facts = {.group = "payment"}, .entries = entries};
}

static void fill(void)
{
	begin();
	add(2, LETTER_OPEN, "database", "database: row 7")->behind = 2;
	add(3, LETTER_UNFINISHED, "database", "database: row 8")->behind = 1;
	add(4, LETTER_GIVEN_UP, "refused", "refused: so")->note = "given up: 3 redrives";
	entries[2].letter.redrives = 3;
	add(5, LETTER_REPEAT, "refused", "refused: so")->note = "the same as 1:2";
	plan.unmeant = 4;
}

TEST(a_dry_run_says_what_would_go_where_and_why_each_died)
{
	fill();
	dlq_report_table(&(struct dlq_report){&plan, false, NULL}, arena, &out);
	/* clang-format off */
	expect_text(out.data,
		"dlq.payment: 4 open dead letters, 4 others\n"
		"\n"
		"AT         SINCE                 KEY      GOES-TO               CLASS     REDRIVES  BEHIND  PLAN\n"
		"1:2        2023-11-14T22:13:20Z  order-1  payment.requests [3]  database    0 of 3       2  redrive\n"
		"1:3        2023-11-14T22:13:20Z  order-1  payment.requests [3]  database    0 of 3       1  once more: its redrive was cut off\n"
		"1:4        2023-11-14T22:13:20Z  order-1  payment.requests [3]  refused     3 of 3       0  given up: 3 redrives\n"
		"1:5        2023-11-14T22:13:20Z  order-1  payment.requests [3]  refused     0 of 3       0  repeat: the same as 1:2\n"
		"\n"
		"CLASS     LETTERS                        REASON\n"
		"database        2  ####################  database: row N\n"
		"refused         2  ####################  refused: so\n"
		"\n"
		"2 would go, with 3 messages that wait behind them; 1 cannot, 1 repeat another, 0 left for later\n"
		"nothing was changed: --execute does it\n");
	/* clang-format on */
}

TEST(what_was_done_is_not_said_of_what_was_not)
{
	fill();
	entries[0].state = LETTER_FINISHED;
	entries[1].state = LETTER_OPEN;
	entries[2].state = LETTER_FINISHED;
	entries[2].outcome = AUDIT_DISCARDED;
	dlq_report_table(&(struct dlq_report){&plan, true, NULL}, arena, &out);
	expect(strstr(out.data, "BEHIND  DONE\n") != NULL);
	expect(strstr(out.data, "  redriven\n") != NULL);
	expect(strstr(out.data, "  not done yet\n") != NULL);
	expect(strstr(out.data,
		       "  -                     refused     3 of 3       0  discarded\n") != NULL);
	expect(strstr(out.data,
		       "2 done, with 2 messages that waited behind them; 1 not done; 0 cannot") !=
		NULL);
	expect(strstr(out.data, "--execute") == NULL);
}

TEST(with_nothing_open_it_says_so)
{
	begin();
	dlq_report_table(&(struct dlq_report){&plan, false, NULL}, arena, &out);
	expect_text(out.data, "dlq.payment: no open dead letters\n");
	buffer_reset(&out);
	plan.unmeant = 3;
	dlq_report_table(&(struct dlq_report){&plan, false, NULL}, arena, &out);
	expect_text(out.data, "dlq.payment: no open dead letter is meant, 3 others\n");
}

TEST(that_there_are_more_is_said)
{
	fill();
	plan.cut = true;
	plan.count_max = 4;
	dlq_report_table(&(struct dlq_report){&plan, false, NULL}, arena, &out);
	expect(strstr(out.data, "4 open dead letters and more,") != NULL);
	expect(strstr(out.data, "there are more than 4: run it again for the rest\n") != NULL);
}

static int64_t number(const struct json_value *object, const char *name)
{
	const struct json_value *value = json_member(object, name);

	expect(value != NULL);
	return json_number(value);
}

TEST(json_tells_the_same)
{
	JSON_CLEAN struct json_document *document = NULL;
	const struct json_value *root, *letter;

	fill();
	dlq_report_json(&(struct dlq_report){&plan, true, "broker away"}, arena, &out);
	expect_ok(json_parse(out.data, out.size, &document));
	root = json_root(document);
	expect_text(json_string(json_member(root, "group"), NULL), "payment");
	expect(json_truth(json_member(root, "executed")));
	expect_text(json_string(json_member(root, "trouble"), NULL), "broker away");
	expect_int(number(json_member(root, "counts"), "givenUp"), 1);
	expect_int(number(json_member(root, "counts"), "unfinished"), 1);
	expect_int(number(json_member(root, "counts"), "notMeant"), 4);
	expect_int(json_count(json_member(root, "reasons")), 2);
	expect_int(json_count(json_member(root, "letters")), 4);
	letter = json_element(json_member(root, "letters"), 2);
	expect_int(number(letter, "offset"), 4);
	expect_int(number(json_member(letter, "origin"), "offset"), 104);
	expect_text(json_string(json_member(letter, "state"), NULL), "given up");
	expect_text(json_string(json_member(letter, "note"), NULL), "given up: 3 redrives");
}

static const char *reason(const char *text)
{
	return dlq_report_reason(text, arena);
}

TEST(reasons_that_differ_by_ids_and_numbers_only_are_one)
{
	begin();
	expect_text(reason(""), "");
	expect_text(reason("refused: the same"), "refused: the same");
	expect_text(reason("of order 01a21464-35f9-700c-86db-872e0342f9bd."), "of order ID.");
	expect_text(reason("00-561459370890c778b9fdf4b0c0c2025d-34e881e0ce420cde-01,x"), "ID,x");
	expect_text(reason("12 of 3456"), "N of N");
	expect_text(reason("a deadbeefdeadbeefdeadbeef"), "a deadbeefdeadbeefdeadbeef");
	expect_text(reason("line\none\x1b[2J"), "line one [NJ");
}

TESTS("replay dlq report", TEST_CASE(a_dry_run_says_what_would_go_where_and_why_each_died),
	TEST_CASE(what_was_done_is_not_said_of_what_was_not),
	TEST_CASE(with_nothing_open_it_says_so), TEST_CASE(that_there_are_more_is_said),
	TEST_CASE(json_tells_the_same),
	TEST_CASE(reasons_that_differ_by_ids_and_numbers_only_are_one))
