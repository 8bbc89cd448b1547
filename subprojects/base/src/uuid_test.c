#include <base/clock.h>
#include <base/uuid.h>
#include <testkit/testkit.h>

#include <string.h>

static int version_of(const struct uuid *id)
{
	return id->bytes[6] >> 4;
}

static int variant_of(const struct uuid *id)
{
	return id->bytes[8] >> 6;
}

TEST(prints_and_parses_the_canonical_form)
{
	struct uuid id;
	char text[UUID_TEXT_SIZE];

	expect_ok(uuid_parse("017F22E2-79b0-7cc3-98C4-dc0c0c07398f", 36, &id));
	expect_text(uuid_format(&id, text), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(refuses_every_other_form_and_leaves_the_output_alone)
{
	static const char *const bad[] = {
		"",
		"017f22e279b07cc398c4dc0c0c07398f",
		"{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
		"017f22e2_79b0-7cc3-98c4-dc0c0c07398f",
		"017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
		" 17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
	};
	struct uuid id = uuid_floor(1), before = id;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_fault(uuid_parse(bad[i], strlen(bad[i]), &id), FAULT_INPUT);
		expect_uuid(&id, &before);
	}
}

TEST(makes_version_7_ids_that_carry_the_millisecond)
{
	int64_t now_us = INT64_C(1645557742000123);
	struct uuid id = uuid_make(now_us);

	expect_int(version_of(&id), 7);
	expect_int(variant_of(&id), 2);
	expect_int(uuid_time_us(&id), INT64_C(1645557742000000));
}

TEST(rises_while_the_clock_stands)
{
	int64_t now_us = clock_now_us();
	struct uuid last = uuid_make(now_us);

	for (int i = 0; i < 20000; i++) {
		struct uuid next = uuid_make(now_us);
		expect(uuid_compare(&last, &next) < 0);
		last = next;
	}
}

TEST(rises_while_the_clock_steps_back)
{
	int64_t now_us = clock_now_us();
	struct uuid last = uuid_make(now_us);

	for (int i = 0; i < 1000; i++) {
		struct uuid next = uuid_make(now_us - i * US_PER_S);
		expect(uuid_compare(&last, &next) < 0);
		last = next;
	}
}

TEST(orders_times_within_a_millisecond)
{
	struct uuid earlier = uuid_make(INT64_C(1700000000000100));
	struct uuid later = uuid_make(INT64_C(1700000000000900));

	expect(uuid_compare(&earlier, &later) < 0);
	expect_int(uuid_time_us(&earlier), uuid_time_us(&later));
}

TEST(keeps_the_fraction_of_the_millisecond_in_12_bits)
{
	struct uuid half = uuid_make(INT64_C(1700000000000500));
	struct uuid last = uuid_make(INT64_C(1700000000000999));

	expect_int((half.bytes[6] & 15) << 8 | half.bytes[7], 2048);
	expect_int((last.bytes[6] & 15) << 8 | last.bytes[7], 4091);
}

TEST(floor_is_below_all_ids_of_its_millisecond_and_above_those_before)
{
	struct uuid before = uuid_make(INT64_C(1700000000000999));
	struct uuid floor = uuid_floor(INT64_C(1700000000001500));
	struct uuid after = uuid_make(INT64_C(1700000000001000));

	expect(uuid_compare(&before, &floor) < 0);
	expect(uuid_compare(&floor, &after) < 0);
	expect_int(version_of(&floor), 7);
}

TEST(derives_the_same_id_from_the_same_name_only)
{
	struct uuid space = uuid_make(clock_now_us()), other = uuid_make(clock_now_us());
	struct uuid id = uuid_derive(&space, "refund");
	struct uuid again = uuid_derive(&space, "refund");
	struct uuid of_other_name = uuid_derive(&space, "refund2");
	struct uuid of_other_space = uuid_derive(&other, "refund");

	expect_uuid(&again, &id);
	expect_int(version_of(&id), 8);
	expect_int(variant_of(&id), 2);
	expect(!uuid_equal(&id, &of_other_name));
	expect(!uuid_equal(&id, &of_other_space));
}

TEST(knows_the_nil_id)
{
	struct uuid nil = {0}, floor = uuid_floor(0);

	expect(uuid_is_nil(&nil));
	expect(!uuid_is_nil(&floor));
}

TESTS("uuid", TEST_CASE(prints_and_parses_the_canonical_form),
	TEST_CASE(refuses_every_other_form_and_leaves_the_output_alone),
	TEST_CASE(makes_version_7_ids_that_carry_the_millisecond),
	TEST_CASE(rises_while_the_clock_stands), TEST_CASE(rises_while_the_clock_steps_back),
	TEST_CASE(orders_times_within_a_millisecond),
	TEST_CASE(keeps_the_fraction_of_the_millisecond_in_12_bits),
	TEST_CASE(floor_is_below_all_ids_of_its_millisecond_and_above_those_before),
	TEST_CASE(derives_the_same_id_from_the_same_name_only), TEST_CASE(knows_the_nil_id))
