#include "report.h"

#include <json/json.h>
#include <string.h>
#include <testkit/testkit.h>

static const struct plan plan = {.rate = 50, .count = 100, .seed = 7};
static struct tally_sums sums;
static struct buffer out;

/* 81 requests of two kinds, sent over 1.6 s. */
static void fill(void)
{
	sums = (struct tally_sums){
		.kinds = {[PLAN_OK] = {.sent = 61,
				  .accepted = 58,
				  .refused = 2,
				  .unknown = 1,
				  .completed = 58},
			[PLAN_DECLINED] =
				{.sent = 20, .accepted = 19, .failed = 1, .cancelled = 18}},
		.all = {.sent = 81,
			.accepted = 77,
			.refused = 2,
			.failed = 1,
			.unknown = 1,
			.completed = 58,
			.cancelled = 18},
		.first_sent_us = 1000000,
		.last_sent_us = 2600000,
	};
	for (int i = 1; i <= 100; i++) {
		histogram_add(&sums.answered, i * 10);
		histogram_add(&sums.arrived, i * 1000);
	}
	buffer_reset(&out);
}

TEST(the_table_has_a_row_for_each_kind_that_was_sent)
{
	fill();
	report_table(&plan, &sums, &out);
	/* clang-format off */
	expect_text(out.data,
		"81 of 100 sent; 50/s asked, 50.0/s achieved\n"
		"\n"
		"orders                  sent  accepted   refused    failed   unknown completed cancelled      open\n"
		"ok                        61        58         2         0         1        58         0         0\n"
		"declined                  20        19         0         1         0         0        18         1\n"
		"all                       81        77         2         1         1        58        18         1\n"
		"\n"
		"ms since due              p50        p90        p99      p99.9        max\n"
		"to 201                   0.50       0.90       0.99       1.00       1.00\n"
		"to terminal             50.02      90.05      99.01     100.00     100.00\n"
		"to its own time          0.00       0.00       0.00       0.00       0.00\n"
		"to sending               0.00       0.00       0.00       0.00       0.00\n");
	/* clang-format on */
}

TEST(cancellations_are_shown_only_where_some_were_asked_for)
{
	fill();
	report_table(&plan, &sums, &out);
	expect(strstr(out.data, "cancellations") == NULL);
	buffer_reset(&out);
	sums.cancels = (struct tally_cancels){
		.asked = 9, .accepted = 4, .too_late = 3, .failed = 1, .unknown = 1};
	report_table(&plan, &sums, &out);
	/* clang-format off */
	expect(strstr(out.data,
		"cancellations          asked  accepted  too late    failed   unknown\n"
		"of kind cancel             9         4         3         1         1\n") != NULL);
	/* clang-format on */
}

TEST(contradictions_are_said_only_where_there_are_any)
{
	fill();
	report_table(&plan, &sums, &out);
	expect(strstr(out.data, "contradictions") == NULL);
	sums.contradictions = 3;
	report_table(&plan, &sums, &out);
	expect(strstr(out.data, "\n3 contradictions: ") != NULL);
}

static int64_t number_at(const struct json_value *value, const char *one, const char *two)
{
	const struct json_value *inner = json_member(json_member(value, one), two);
	expect(inner != NULL);
	return json_number(inner);
}

TEST(the_json_says_the_same)
{
	JSON_CLEAN struct json_document *document = NULL;

	fill();
	report_json(&plan, &sums, &out);
	expect_ok(json_parse(out.data, out.size, &document));
	const struct json_value *root = json_root(document);
	expect_int(json_truth(json_member(root, "good")), false);
	expect_int(json_number(json_member(root, "planned")), 100);
	expect_int(json_number(json_member(root, "rateAchievedMilli")), 50000);
	expect_int(number_at(root, "all", "accepted"), 77);
	expect_int(number_at(root, "all", "open"), 1);
	expect_int(number_at(json_member(root, "kinds"), "declined", "cancelled"), 18);
	expect_int(json_count(json_member(root, "kinds")), 2);
	expect_int(number_at(json_member(root, "latencyUs"), "toAnswer", "p99.9"), 1000);
	expect_int(number_at(json_member(root, "latencyUs"), "toTerminal", "max"), 100000);
	expect_int(number_at(json_member(root, "latencyUs"), "toSending", "count"), 0);
}

TEST(good_is_when_all_that_was_accepted_ended_once)
{
	fill();
	expect(!report_is_good(&sums));
	sums.all.cancelled++;
	expect(report_is_good(&sums));
	sums.contradictions = 1;
	expect(!report_is_good(&sums));

	sums = (struct tally_sums){.all = {.sent = 5, .refused = 5}};
	expect(!report_is_good(&sums));
}

TEST(a_single_request_has_no_rate)
{
	sums = (struct tally_sums){.all = {.sent = 1}, .first_sent_us = 5, .last_sent_us = 5};
	report_table(&plan, &sums, &out);
	expect(strstr(out.data, "1 of 100 sent; 50/s asked, 0.0/s achieved\n") == out.data);
}

TESTS("report", TEST_CASE(the_table_has_a_row_for_each_kind_that_was_sent),
	TEST_CASE(cancellations_are_shown_only_where_some_were_asked_for),
	TEST_CASE(contradictions_are_said_only_where_there_are_any),
	TEST_CASE(the_json_says_the_same), TEST_CASE(good_is_when_all_that_was_accepted_ended_once),
	TEST_CASE(a_single_request_has_no_rate))
