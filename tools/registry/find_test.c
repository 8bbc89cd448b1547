#include "find.h"

#include <string.h>
#include <testkit/testkit.h>

TEST(every_schema_is_found_by_its_id_subject_and_fingerprint)
{
	size_t count;
	const struct event_schema *schemas = event_schemas(&count);

	expect(count > 0);
	for (size_t i = 0; i < count; i++) {
		char subject[SUBJECT_SIZE];

		subject_write(&schemas[i], subject);
		expect(strlen(subject) < SUBJECT_SIZE - 1);
		expect(schema_find(subject, schemas[i].version) == &schemas[i]);
		expect(schema_find(subject, VERSION_LATEST)->version >= schemas[i].version);
		expect(schema_find_by_id((int)schemas[i].schema_id) == &schemas[i]);
		expect(schema_find_by_fingerprint(subject, schemas[i].fingerprint) == &schemas[i]);
		expect((int)schemas[i].schema_id <= schema_id_max());
	}
}

TEST(what_is_not_there_is_not_found)
{
	expect(schema_find("order.events-value", VERSION_LATEST) == NULL);
	expect(schema_find("order.events-orderlab.order.OrderCreated", 2) == NULL);
	expect(schema_find_by_id(0) == NULL);
	expect(schema_find_by_id(schema_id_max() + 1) == NULL);
}

TEST(numbers_are_whole_and_above_zero)
{
	int number = 7;

	expect(number_read("1", &number) && number == 1);
	expect(number_read("2147483647", &number) && number == 2147483647);
	for (size_t i = 0; i < 8; i++) {
		static const char *const wrong[] = {
			"", "0", "-1", "+1", " 1", "1 ", "2147483648", "99999999999999999999"};

		expect(!number_read(wrong[i], &number));
	}
	expect_int(number, 2147483647);
}

static bool reads(const char *body, uint64_t *ret_fingerprint)
{
	return fingerprint_read(body, strlen(body), ret_fingerprint);
}

TEST(a_body_without_a_schema_has_no_fingerprint)
{
	uint64_t fingerprint = 7;

	expect(!reads("", &fingerprint));
	expect(!reads("[]", &fingerprint));
	expect(!reads("{\"schema\":1}", &fingerprint));
	expect(!reads("{\"schema\":\"{\"}", &fingerprint));
	expect_int(fingerprint, 7);
	expect(reads("{\"schema\":\"\\\"string\\\"\",\"schemaType\":\"AVRO\"}", &fingerprint));
	expect_int(fingerprint, 0);
}

TESTS("find", TEST_CASE(every_schema_is_found_by_its_id_subject_and_fingerprint),
	TEST_CASE(what_is_not_there_is_not_found), TEST_CASE(numbers_are_whole_and_above_zero),
	TEST_CASE(a_body_without_a_schema_has_no_fingerprint))
