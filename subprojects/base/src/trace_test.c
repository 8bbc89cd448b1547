#include <base/trace.h>
#include <testkit/testkit.h>

#include <string.h>

#define EXAMPLE "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#define EXAMPLE_IDS "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"

static int parse(const char *text, struct trace *ret_trace)
{
	return trace_parse(text, strlen(text), ret_trace);
}

TEST(parses_and_prints_the_standards_example)
{
	struct trace trace;
	char text[TRACE_TEXT_SIZE], id[33];

	expect_ok(parse(EXAMPLE, &trace));
	expect_text(trace_format(&trace, text), EXAMPLE);
	expect_text(trace_format_id(&trace, id), "4bf92f3577b34da6a3ce929d0e0e4736");
	expect_int(trace.flags, 1);
	expect_ok(parse("00-" EXAMPLE_IDS "-00", &trace));
	expect_int(trace.flags, 0);
}

TEST(reads_higher_versions_by_their_first_55_bytes_and_answers_in_version_00)
{
	struct trace trace;
	char text[TRACE_TEXT_SIZE];

	expect_ok(parse("cc-" EXAMPLE_IDS "-01", &trace));
	expect_text(trace_format(&trace, text), EXAMPLE);
	expect_ok(parse("01-" EXAMPLE_IDS "-01-what-the-future-brings", &trace));
	expect_text(trace_format(&trace, text), EXAMPLE);
	expect_fault(parse("01-" EXAMPLE_IDS "-01.what", &trace), FAULT_INPUT);
}

TEST(drops_flags_it_does_not_know)
{
	struct trace trace;

	expect_ok(parse("00-" EXAMPLE_IDS "-ff", &trace));
	expect_int(trace.flags, 1);
	expect_ok(parse("00-" EXAMPLE_IDS "-fe", &trace));
	expect_int(trace.flags, 0);
}

TEST(refuses_what_the_standard_forbids)
{
	static const char *const bad[] = {
		"",
		"00",
		"ff-" EXAMPLE_IDS "-01",
		"00-" EXAMPLE_IDS "-01-",
		"00-" EXAMPLE_IDS "-01-more",
		"00-" EXAMPLE_IDS "-0",
		"00-" EXAMPLE_IDS,
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bg-01",
		"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
		"0x-" EXAMPLE_IDS "-01",
		"00-" EXAMPLE_IDS "-0x",
		" 00-" EXAMPLE_IDS "-01",
		"00-" EXAMPLE_IDS "-01 ",
	};
	struct trace trace = {.flags = 77};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i], &trace) != FAULT_INPUT)
			fail_test("'%s' was taken", bad[i]);
		expect_int(trace.flags, 77);
	}
}

TEST(makes_sampled_roots_that_differ)
{
	struct trace a = trace_make(), b = trace_make(), parsed;
	char text[TRACE_TEXT_SIZE];

	expect(trace_is_set(&a));
	expect(memcmp(a.trace_id, b.trace_id, sizeof(a.trace_id)) != 0);
	expect(memcmp(a.span_id, b.span_id, sizeof(a.span_id)) != 0);
	expect_int(a.flags, 1);
	expect_ok(parse(trace_format(&a, text), &parsed));
	expect_bytes(&parsed, sizeof(parsed), &a, sizeof(a));
}

TEST(a_child_keeps_the_trace_and_changes_the_span)
{
	struct trace parent = trace_make();
	parent.flags = 0;
	struct trace child = trace_child(&parent);

	expect_bytes(child.trace_id, 16, parent.trace_id, 16);
	expect(memcmp(child.span_id, parent.span_id, 8) != 0);
	expect_bytes(child.parent_id, 8, parent.span_id, 8);
	expect_int(child.flags, 0);
}

static int sampled_of_1000(double ratio)
{
	int count = 0;

	trace_sample(ratio);
	for (int i = 0; i < 1000; i++) {
		struct trace trace = trace_make();

		count += trace_is_sampled(&trace);
	}
	return count;
}

TEST(samples_so_many_of_the_new_traces)
{
	int quarter = sampled_of_1000(0.25);

	expect_int(sampled_of_1000(0), 0);
	expect_int(sampled_of_1000(1), 1000);
	/* Ten standard deviations. */
	expect(quarter > 113 && quarter < 387);
}

TEST(a_child_is_sampled_as_its_parent_is)
{
	struct trace parent, child;

	trace_sample(0);
	expect_ok(parse(EXAMPLE, &parent));
	child = trace_child(&parent);
	expect(trace_is_sampled(&child));
	trace_sample(1);
	expect_ok(parse("00-" EXAMPLE_IDS "-00", &parent));
	child = trace_child(&parent);
	expect(!trace_is_sampled(&child));
}

TEST(no_trace_is_all_zeros)
{
	struct trace trace = {0};

	expect(!trace_is_set(&trace));
	trace.trace_id[15] = 1;
	expect(trace_is_set(&trace));
}

TESTS("trace", TEST_CASE(parses_and_prints_the_standards_example),
	TEST_CASE(reads_higher_versions_by_their_first_55_bytes_and_answers_in_version_00),
	TEST_CASE(drops_flags_it_does_not_know), TEST_CASE(refuses_what_the_standard_forbids),
	TEST_CASE(makes_sampled_roots_that_differ),
	TEST_CASE(a_child_keeps_the_trace_and_changes_the_span),
	TEST_CASE(samples_so_many_of_the_new_traces),
	TEST_CASE(a_child_is_sampled_as_its_parent_is), TEST_CASE(no_trace_is_all_zeros))
