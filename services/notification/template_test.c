#include "template.h"

#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

#define ALL (TEMPLATE_FIELD(ORDER_ID) | TEMPLATE_FIELD(AMOUNT) | TEMPLATE_FIELD(REASON))

static const struct template_values values = {.texts = {
						      [TEMPLATE_ORDER_ID] = "o-1",
						      [TEMPLATE_AMOUNT] = "21.30",
						      [TEMPLATE_REASON] = "card_declined",
					      }};

static int check(const char *subject, const char *body, unsigned fields)
{
	return template_check(&(struct template){subject, body}, fields);
}

static void expect_rendered(const char *text, const struct template_values *with, const char *want)
{
	struct arena *arena = arena_create(1 << 20);

	expect_text(template_render(text, with, arena), want);
	arena_destroy(arena);
}

TEST(puts_values_where_their_placeholders_stand)
{
	expect_ok(check("Order {orderId}", "{amount}: {reason}", ALL));
	expect_rendered("{amount}: {reason}, {amount}", &values, "21.30: card_declined, 21.30");
	expect_rendered("{orderId}", &values, "o-1");
	expect_rendered("no placeholder", &values, "no placeholder");
}

TEST(a_value_is_no_template)
{
	struct template_values nested = values;

	nested.texts[TEMPLATE_REASON] = "{amount} }{";
	expect_rendered("<{reason}>", &nested, "<{amount} }{>");
}

TEST(control_characters_of_a_value_become_blanks)
{
	struct template_values hostile = values;

	hostile.texts[TEMPLATE_REASON] = "x\r\nBcc: all@example.org\r\n\r\n.\r\n\x7f\tüber";
	expect_rendered("{reason}|", &hostile, "x  Bcc: all@example.org    .    über|");
}

TEST(refuses_an_unknown_placeholder_and_names_those_there_are)
{
	expect_fault(check("s", "{orderID}", ALL), FAULT_INPUT);
	expect(strstr(fault_text(), "{orderID}") && strstr(fault_text(), "{orderId}"));
	expect_fault(check("s", "{}", ALL), FAULT_INPUT);
	expect_fault(check("{nonsense}", "b", ALL), FAULT_INPUT);
}

TEST(refuses_a_placeholder_that_the_event_has_no_value_for)
{
	expect_fault(check("s", "{amount}", ALL & ~TEMPLATE_FIELD(AMOUNT)), FAULT_INPUT);
	expect(!strstr(fault_text() + strlen("there is no placeholder {amount}"), "{amount}"));
}

TEST(refuses_free_text_in_a_subject)
{
	expect_fault(check("Failed: {reason}", "b", ALL), FAULT_INPUT);
	expect_ok(check("Failed", "{reason}", ALL));
}

TEST(refuses_a_subject_that_is_not_one_line_of_ascii)
{
	expect_fault(check("a\r\nBcc: x", "b", ALL), FAULT_INPUT);
	expect_fault(check("über", "b", ALL), FAULT_INPUT);
	expect_ok(check("ueber", "über\n", ALL));
}

TEST(refuses_half_a_placeholder)
{
	expect_fault(check("s", "a { b", ALL), FAULT_INPUT);
	expect_fault(check("s", "a } b", ALL), FAULT_INPUT);
	expect_fault(check("s", "{{orderId}}", ALL), FAULT_INPUT);
	expect_fault(check("s", "{order\nId}", ALL), FAULT_INPUT);
}

TEST(refuses_what_is_empty_or_too_long)
{
	char subject[TEMPLATE_SUBJECT_MAX + 2] = {0};

	memset(subject, 'x', TEMPLATE_SUBJECT_MAX);
	expect_ok(check(subject, "b", ALL));
	subject[TEMPLATE_SUBJECT_MAX] = 'x';
	expect_fault(check(subject, "b", ALL), FAULT_INPUT);
	expect_fault(check("", "b", ALL), FAULT_INPUT);
	expect_fault(check("s", "", ALL), FAULT_INPUT);
}

TESTS("template", TEST_CASE(puts_values_where_their_placeholders_stand),
	TEST_CASE(a_value_is_no_template), TEST_CASE(control_characters_of_a_value_become_blanks),
	TEST_CASE(refuses_an_unknown_placeholder_and_names_those_there_are),
	TEST_CASE(refuses_a_placeholder_that_the_event_has_no_value_for),
	TEST_CASE(refuses_free_text_in_a_subject),
	TEST_CASE(refuses_a_subject_that_is_not_one_line_of_ascii),
	TEST_CASE(refuses_half_a_placeholder), TEST_CASE(refuses_what_is_empty_or_too_long))
