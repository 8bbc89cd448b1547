#include <store/stream.h>
#include <string.h>
#include <testkit/testkit.h>

static void expect_round_trip(const char *text, lsn_t want)
{
	char back[LSN_TEXT_SIZE];
	lsn_t lsn = 1;

	expect_ok(lsn_parse(text, &lsn));
	expect_int(lsn, want);
	expect_text(lsn_format(lsn, back), text);
}

TEST(prints_and_parses_as_the_server_does)
{
	expect_round_trip("0/0", 0);
	expect_round_trip("0/16B3748", 0x16B3748);
	expect_round_trip("1/0", UINT64_C(1) << 32);
	expect_round_trip("16/B374D848", UINT64_C(0x16B374D848));
	expect_round_trip("FFFFFFFF/FFFFFFFF", UINT64_MAX);
}

TEST(reads_lower_case)
{
	lsn_t lsn = 0;

	expect_ok(lsn_parse("a/b", &lsn));
	expect_int(lsn, UINT64_C(0xA0000000B));
}

TEST(refuses_what_is_no_lsn)
{
	static const char *const wrong[] = {"", "/", "0", "0/", "/0", "0/0/0", " 0/0", "0/0 ",
		"-1/0", "0x1/0", "123456789/0", "0/123456789", "G/0"};
	lsn_t lsn = 7;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_fault(lsn_parse(wrong[i], &lsn), FAULT_INPUT);
	expect_int(lsn, 7);
}

TESTS("lsn", TEST_CASE(prints_and_parses_as_the_server_does), TEST_CASE(reads_lower_case),
	TEST_CASE(refuses_what_is_no_lsn))
