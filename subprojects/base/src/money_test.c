#include <base/money.h>
#include <testkit/testkit.h>

#include <string.h>

static int parse(const char *text, money_t *ret_amount)
{
	return money_parse(text, strlen(text), ret_amount);
}

TEST(parses_and_prints_cents)
{
	static const struct {
		const char *text;
		money_t amount;
	} pairs[] = {{"0.00", 0}, {"0.01", 1}, {"12.30", 1230}, {"-0.05", -5}, {"-12.30", -1230},
		{"9999999999999999.99", MONEY_MAX}, {"-9999999999999999.99", -MONEY_MAX}};
	char text[MONEY_TEXT_SIZE];
	money_t amount;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		expect_ok(parse(pairs[i].text, &amount));
		expect_int(amount, pairs[i].amount);
		expect_text(money_format(amount, text), pairs[i].text);
	}
	expect_ok(parse("-0.00", &amount));
	expect_text(money_format(amount, text), "0.00");
}

TEST(refuses_every_other_form)
{
	static const char *const bad[] = {"", "-", ".", "1", "1.", "1.5", "1.234", ".50", "-.50",
		"1,50", "+1.50", " 1.50", "1.50 ", "--1.50", "1.-5", "1e2.00", "1..50", "0x1.00",
		"12.3a", "a2.30", "NaN", "1 0.00"};
	money_t amount = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i], &amount) != FAULT_INPUT)
			fail_test("'%s' was taken", bad[i]);
		expect_int(amount, 7);
	}
}

TEST(refuses_more_than_decimal_18_2_holds)
{
	money_t amount = 7;

	expect_fault(parse("10000000000000000.00", &amount), FAULT_LIMIT);
	expect_fault(parse("-10000000000000000.00", &amount), FAULT_LIMIT);
	expect_fault(parse("99999999999999999999999999999.99", &amount), FAULT_LIMIT);
	expect_int(amount, 7);
	expect_ok(parse("00000000000000000000000000000012.30", &amount));
	expect_int(amount, 1230);
}

TEST(adds_up_to_the_bound_and_not_beyond)
{
	money_t sum = 7;

	expect_ok(money_add(MONEY_MAX - 1, 1, &sum));
	expect_int(sum, MONEY_MAX);
	expect_ok(money_add(-MONEY_MAX, MONEY_MAX, &sum));
	expect_int(sum, 0);
	expect_fault(money_add(MONEY_MAX, 1, &sum), FAULT_LIMIT);
	expect_fault(money_add(-MONEY_MAX, -1, &sum), FAULT_LIMIT);
	expect_fault(money_add(INT64_MAX, INT64_MAX, &sum), FAULT_LIMIT);
	expect_fault(money_add(INT64_MIN, INT64_MIN, &sum), FAULT_LIMIT);
	expect_int(sum, 0);
}

TEST(multiplies_up_to_the_bound_and_not_beyond)
{
	money_t product = 7;

	expect_ok(money_multiply(1230, 3, &product));
	expect_int(product, 3690);
	expect_ok(money_multiply(MONEY_MAX, -1, &product));
	expect_int(product, -MONEY_MAX);
	expect_fault(money_multiply(MONEY_MAX / 2 + 1, 2, &product), FAULT_LIMIT);
	/* 2^33 × 2^31 is 2^64: zero in 64 bits, were it not looked at. */
	expect_fault(money_multiply(INT64_C(1) << 33, INT64_C(1) << 31, &product), FAULT_LIMIT);
	expect_fault(money_multiply(INT64_MIN, -1, &product), FAULT_LIMIT);
	expect_int(product, -MONEY_MAX);
}

TEST(prints_even_what_is_out_of_range)
{
	char text[MONEY_TEXT_SIZE];

	expect_text(money_format(INT64_MIN, text), "-92233720368547758.08");
	expect_text(money_format(INT64_MAX, text), "92233720368547758.07");
}

TESTS("money", TEST_CASE(parses_and_prints_cents), TEST_CASE(refuses_every_other_form),
	TEST_CASE(refuses_more_than_decimal_18_2_holds),
	TEST_CASE(adds_up_to_the_bound_and_not_beyond),
	TEST_CASE(multiplies_up_to_the_bound_and_not_beyond),
	TEST_CASE(prints_even_what_is_out_of_range))
