#include <avro/schema.h>
#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

#define ARENA_SIZE_MAX ((size_t)16 << 20)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Schemas as text, put together of parts. */
/* clang-format off */
#define RECORD(fields) \
	"{\"type\":\"record\",\"name\":\"Thing\",\"namespace\":\"lab.test\",\"fields\":[" fields \
	"]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define FIELD_OR(name, type, value) \
	"{\"name\":\"" name "\",\"type\":" type ",\"default\":" value "}"
#define ALIASED(name, type, alias) \
	"{\"name\":\"" name "\",\"type\":" type ",\"aliases\":[\"" alias "\"]}"
#define STRING(max) "{\"type\":\"string\",\"maxLength\":" #max "}"
#define BYTES(max) "{\"type\":\"bytes\",\"maxLength\":" #max "}"
#define UUID "{\"type\":\"string\",\"logicalType\":\"uuid\"}"
#define DECIMAL "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":18,\"scale\":2}"
#define MICROS "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}"
#define ARRAY(max, items) "{\"type\":\"array\",\"maxItems\":" #max ",\"items\":" items "}"
#define ENUM(name, symbols) \
	"{\"type\":\"enum\",\"name\":\"" name "\",\"symbols\":[" symbols "]}"
#define ENUM_OR(name, symbols, symbol) \
	"{\"type\":\"enum\",\"name\":\"" name "\",\"symbols\":[" symbols "],\"default\":\"" symbol \
	"\"}"
#define INNER(name, fields) "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define NULLABLE(type) "[\"null\"," type "]"

/* clang-format on */

static struct arena *arena;

static const struct avro_schema *parse(const char *text)
{
	const struct avro_schema *schema = NULL;

	if (arena == NULL)
		arena = arena_create(ARENA_SIZE_MAX);
	expect_ok(avro_schema_parse(text, strlen(text), arena, &schema));
	return schema;
}

static void refuse(const char *text, const char *words)
{
	const struct avro_schema *schema = NULL;

	if (arena == NULL)
		arena = arena_create(ARENA_SIZE_MAX);
	if (avro_schema_parse(text, strlen(text), arena, &schema) != FAULT_INPUT)
		fail_test("should be refused: %s", text);
	if (strstr(fault_text(), words) == NULL)
		fail_test("\"%s\" should say \"%s\"", fault_text(), words);
}

TEST(reads_every_kind_of_field)
{
	const struct avro_named *record = parse(
		RECORD(FIELD("a", "\"boolean\"") "," FIELD("b", "\"int\"") "," FIELD(
			"c", "\"long\"") "," FIELD("d", STRING(7)) "," FIELD("e",
			BYTES(8)) "," FIELD("f", UUID) "," FIELD("g", DECIMAL) "," FIELD("h",
			MICROS) "," FIELD("i", ENUM("Color", "\"RED\",\"BLUE\"")) "," FIELD("j",
			INNER("Part", FIELD("x", "\"int\""))) "," FIELD("k",
			ARRAY(3, "\"Part\"")) "," FIELD("l", "[" STRING(9) ",\"null\"]")))
						  ->record;
	static const enum avro_kind kinds[] = {AVRO_BOOLEAN, AVRO_INT, AVRO_LONG, AVRO_STRING,
		AVRO_BYTES, AVRO_UUID, AVRO_DECIMAL, AVRO_TIMESTAMP, AVRO_ENUM, AVRO_RECORD,
		AVRO_ARRAY, AVRO_STRING};

	expect_text(record->name, "Thing");
	expect_text(record->namespace, "lab.test");
	expect_int(record->field_count, COUNT(kinds));
	for (size_t i = 0; i < COUNT(kinds); i++)
		expect_int(record->fields[i].type.kind, kinds[i]);
	expect_int(record->fields[3].type.max, 7);
	expect_int(record->fields[4].type.max, 8);
	expect_text(record->fields[8].type.named->symbols.list[1], "BLUE");
	expect_int(record->fields[10].type.max, 3);
	expect(record->fields[10].type.items->named == record->fields[9].type.named);
	expect(!record->fields[10].type.nullable);
	expect(record->fields[11].type.nullable);
	expect_int(record->fields[11].type.null_branch, 1);
}

TEST(reads_defaults)
{
	const struct avro_named *record =
		parse(RECORD(FIELD_OR("a", "\"boolean\"", "true") "," FIELD_OR(
			      "b", "\"int\"", "-2147483648") "," FIELD_OR("c", STRING(9),
			      "\"x\"") "," FIELD_OR("d", NULLABLE(UUID), "null") "," FIELD_OR("e",
			      ENUM("Color", "\"RED\",\"BLUE\""), "\"BLUE\"") "," FIELD_OR("f",
			      ARRAY(2, "\"int\""), "[]") "," FIELD("g", "\"int\"")))
			->record;

	expect_int(record->fields[0].default_number, true);
	expect_int(record->fields[1].default_number, INT32_MIN);
	expect_text(record->fields[2].default_text, "x");
	expect(record->fields[3].has_default && record->fields[3].default_text == NULL);
	expect_int(record->fields[4].default_number, 1);
	expect(record->fields[5].has_default);
	expect(!record->fields[6].has_default);
}

TEST(every_length_needs_a_bound)
{
	refuse(RECORD(FIELD("a", "\"string\"")), "Thing.a: needs a bound, \"maxLength\"");
	refuse(RECORD(FIELD("a", "{\"type\":\"bytes\"}")), "Thing.a: needs a bound, \"maxLength\"");
	refuse(RECORD(FIELD("a", "{\"type\":\"array\",\"items\":\"int\"}")), "\"maxItems\"");
	refuse(RECORD(FIELD("a", STRING(0))), "needs a bound");
	refuse(RECORD(FIELD("a", STRING(-1))), "needs a bound");
	refuse(RECORD(FIELD("a", STRING(1000001))), "needs a bound");
	refuse(RECORD(FIELD("a", STRING("9"))), "needs a bound");
	refuse(RECORD(FIELD("a", ARRAY(2, INNER("In", FIELD("b", "\"string\""))))), "Thing.a.b");
}

TEST(what_is_not_known_is_refused_by_name)
{
	refuse("", "line 1");
	refuse("[]", "must be an object");
	refuse("{\"type\":\"int\"}", "must be a record");
	refuse(RECORD(""), "1 to 64");
	refuse(RECORD("7"), "a field is an object");
	refuse(RECORD("{\"type\":\"int\"}"), "\"name\" must be");
	refuse(RECORD(FIELD("9a", "\"int\"")), "\"name\" must be");
	refuse(RECORD(FIELD("a-b", "\"int\"")), "\"name\" must be");
	refuse(RECORD("{\"name\":\"a\"}"), "Thing.a: needs a \"type\"");
	refuse(RECORD(FIELD("a", "\"double\"")), "type double is not known here");
	refuse(RECORD(FIELD("a", "{\"type\":\"map\",\"values\":\"int\"}")),
		"type map is not known");
	refuse(RECORD(FIELD("a", "\"Thing\"")), "type Thing is not known");
	refuse(RECORD(FIELD("a", "[\"int\",\"long\"]")), "a union is of null and one other");
	refuse(RECORD(FIELD("a", "[\"null\",\"null\"]")), "a union is of null and one other");
	refuse(RECORD(FIELD("a", "[\"null\",\"int\",\"long\"]")), "a union is of null");
	refuse(RECORD(FIELD("a", NULLABLE(ARRAY(2, "\"int\"")))), "may be null");
	refuse(RECORD(FIELD("a", ARRAY(2, ARRAY(2, "\"int\"")))), "wrapped in a record");
	refuse(RECORD(FIELD("a", ARRAY(2, NULLABLE("\"int\"")))), "wrapped in a record");
	refuse(RECORD(FIELD("a", ENUM("E", ""))), "needs \"symbols\"");
	refuse(RECORD(FIELD("a", ENUM_OR("E", "\"A\"", "B"))), "none of the symbols");
	refuse(RECORD(FIELD("a", ENUM("E", "\"A\"")) "," FIELD("b", ENUM("E", "\"A\""))),
		"a second time");
}

TEST(logical_types_are_the_three_there_are)
{
	refuse(RECORD(FIELD("a", "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}")),
		"timestamp-millis of long");
	refuse(RECORD(FIELD("a", "{\"type\":\"bytes\",\"logicalType\":\"uuid\"}")),
		"uuid of bytes");
	refuse(RECORD(FIELD("a",
		       "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":18,"
		       "\"scale\":3}")),
		"decimal of bytes");
	refuse(RECORD(FIELD("a", "{\"type\":\"bytes\",\"logicalType\":\"decimal\"}")), "decimal");
}

TEST(a_default_fits_its_type)
{
	refuse(RECORD(FIELD_OR("a", "\"int\"", "\"1\"")), "a whole number");
	refuse(RECORD(FIELD_OR("a", "\"int\"", "2147483648")), "beyond int");
	refuse(RECORD(FIELD_OR("a", "\"boolean\"", "0")), "true or false");
	refuse(RECORD(FIELD_OR("a", STRING(2), "\"abc\"")), "longer than maxLength");
	refuse(RECORD(FIELD_OR("a", STRING(2), "null")), "must be text");
	refuse(RECORD(FIELD_OR("a", UUID, "\"\"")), "a UUID");
	refuse(RECORD(FIELD_OR("a", DECIMAL, "\"x\"")), "default of decimal");
	refuse(RECORD(FIELD_OR("a", NULLABLE("\"int\""), "1")), "must be null");
	refuse(RECORD(FIELD_OR("a", "[\"int\",\"null\"]", "null")), "its first branch");
	refuse(RECORD(FIELD_OR("a", ARRAY(2, "\"int\""), "[1]")), "[]");
	refuse(RECORD(FIELD_OR("a", ENUM("E", "\"A\""), "\"B\"")), "none of the symbols");
}

TEST(a_fingerprint_is_of_what_is_read)
{
	const char *const text = RECORD(FIELD("a", STRING(2)));
	const char *const same =
		"{ \"type\" : \"record\", \"doc\":\"words\", \"name\":\"Thing\",\n"
		"\"namespace\":\"lab.test\",\"fields\":[ {\"name\":\"a\","
		"\"type\":{\"type\":\"string\",\"maxLength\":2}, \"doc\":\"more\"}]}";

	expect(parse(text)->fingerprint == parse(same)->fingerprint);
	expect(parse(text)->fingerprint != parse(RECORD(FIELD("a", STRING(3))))->fingerprint);
	expect(parse(text)->fingerprint != parse(RECORD(FIELD("b", STRING(2))))->fingerprint);
	expect(parse(text)->fingerprint !=
		parse(RECORD(FIELD_OR("a", STRING(2), "\"\"")))->fingerprint);
}

struct pair {
	const char *reader, *writer;
	const char *words; /* NULL: resolves */
};

/* clang-format off */
/* Each by the specification's "Schema Resolution", bounds and nulls by our own rule. */
static const struct pair pairs[] = {
	/* the same, reordered */
	{FIELD("a", "\"int\"") "," FIELD("b", UUID), FIELD("b", UUID) "," FIELD("a", "\"int\""), NULL},
	/* added and removed */
	{FIELD("a", "\"int\"") "," FIELD_OR("b", "\"int\"", "7"), FIELD("a", "\"int\""), NULL},
	{FIELD("a", "\"int\"") "," FIELD("b", "\"int\""), FIELD("a", "\"int\""),
		"Thing.b: is not written and has no default"},
	{FIELD("a", "\"int\""), FIELD("a", "\"int\"") "," FIELD("b", "\"int\""), NULL},
	/* renamed */
	{FIELD("b", "\"int\""), FIELD("a", "\"int\""), "Thing.b: is not written"},
	{ALIASED("b", "\"int\"", "a"), FIELD("a", "\"int\""), NULL},
	{ALIASED("b", "\"int\"", "a") "," FIELD("a", "\"int\""), FIELD("a", "\"int\""),
		"Thing: both b and a are read from a"},
	/* promoted */
	{FIELD("a", "\"long\""), FIELD("a", "\"int\""), NULL},
	{FIELD("a", "\"int\""), FIELD("a", "\"long\""),
		"Thing.a: long is written, int cannot be read from it"},
	{FIELD("a", STRING(8)), FIELD("a", BYTES(8)), NULL},
	{FIELD("a", BYTES(8)), FIELD("a", STRING(8)), NULL},
	{FIELD("a", STRING(36)), FIELD("a", UUID), NULL},
	{FIELD("a", UUID), FIELD("a", STRING(36)), "uuid cannot be read"},
	{FIELD("a", MICROS), FIELD("a", "\"long\""), "timestamp-micros cannot be read"},
	{FIELD("a", "\"long\""), FIELD("a", MICROS), "timestamp-micros is written"},
	{FIELD("a", DECIMAL), FIELD("a", BYTES(16)), "decimal(18,2) cannot be read"},
	{FIELD("a", STRING(9)), FIELD("a", "\"int\""), "int is written, string"},
	{FIELD("a", "\"boolean\""), FIELD("a", "\"int\""), "int is written, boolean"},
	/* bounds */
	{FIELD("a", STRING(9)), FIELD("a", STRING(8)), NULL},
	{FIELD("a", STRING(8)), FIELD("a", STRING(9)), "Thing.a: up to 9 are written, the reader takes 8"},
	{FIELD("a", STRING(35)), FIELD("a", UUID), "up to 36 are written"},
	{FIELD("a", ARRAY(8, "\"int\"")), FIELD("a", ARRAY(9, "\"int\"")), "up to 9 are written"},
	/* null */
	{FIELD("a", NULLABLE("\"int\"")), FIELD("a", "\"int\""), NULL},
	{FIELD("a", "\"int\""), FIELD("a", NULLABLE("\"int\"")), "Thing.a: null may be written"},
	{FIELD("a", NULLABLE("\"long\"")), FIELD("a", "[\"int\",\"null\"]"), NULL},
	/* enums */
	{FIELD("a", ENUM("E", "\"A\",\"B\"")), FIELD("a", ENUM("E", "\"B\"")), NULL},
	{FIELD("a", ENUM("E", "\"A\"")), FIELD("a", ENUM("E", "\"A\",\"B\"")), "symbol B is written"},
	{FIELD("a", ENUM_OR("E", "\"A\"", "A")), FIELD("a", ENUM("E", "\"A\",\"B\"")), NULL},
	{FIELD("a", ENUM("E", "\"A\"")), FIELD("a", ENUM("F", "\"A\"")), "F is written, E is read"},
	/* inside arrays and records */
	{FIELD("a", ARRAY(8, INNER("In", FIELD("x", "\"long\"")))),
		FIELD("a", ARRAY(8, INNER("In", FIELD("x", "\"int\"")))), NULL},
	{FIELD("a", ARRAY(8, INNER("In", FIELD("x", "\"int\"") "," FIELD("y", "\"int\"")))),
		FIELD("a", ARRAY(8, INNER("In", FIELD("x", "\"int\"")))),
		"Thing.a[].y: is not written and has no default"},
	{FIELD("a", INNER("In", FIELD("x", "\"int\""))),
		FIELD("a", INNER("Other", FIELD("x", "\"int\""))), "Other is written, In is read"},
	{FIELD("a", INNER("In", FIELD("x", INNER("Deep", FIELD("y", "\"int\""))))),
		FIELD("a", INNER("In", FIELD("x", INNER("Deep", FIELD("y", "\"long\""))))),
		"Thing.a.x.y: long is written"},
	{FIELD("a", ARRAY(8, "\"int\"")), FIELD("a", ARRAY(8, "\"long\"")), "Thing.a[]: long"},
	{FIELD("a", ARRAY(8, "\"int\"")), FIELD("a", "\"int\""), "int is written, array"},
};
/* clang-format on */

static const struct avro_schema *parse_fields(const char *fields)
{
	char text[4096];

	snprintf(text, sizeof(text), RECORD("%s"), fields);
	return parse(text);
}

TEST(resolves_what_avro_resolves_and_nothing_else)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		int r = avro_schema_resolve(
			parse_fields(pairs[i].reader), parse_fields(pairs[i].writer));

		if (pairs[i].words == NULL && r != 0)
			fail_test("pair %zu does not resolve: %s", i, fault_text());
		if (pairs[i].words != NULL && r != FAULT_INPUT)
			fail_test("pair %zu should not resolve", i);
		if (pairs[i].words != NULL && strstr(fault_text(), pairs[i].words) == NULL)
			fail_test("pair %zu: \"%s\" should say \"%s\"", i, fault_text(),
				pairs[i].words);
	}
}

TEST(a_renamed_record_needs_an_alias)
{
	const char *const fields = ",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}";
	char old[256], new[256], aliased[256];

	snprintf(old, sizeof(old), "{\"type\":\"record\",\"name\":\"Old\"%s", fields);
	snprintf(new, sizeof(new), "{\"type\":\"record\",\"name\":\"New\"%s", fields);
	snprintf(aliased, sizeof(aliased),
		"{\"type\":\"record\",\"name\":\"New\",\"aliases\":[\"Old\"]%s", fields);
	expect_fault(avro_schema_resolve(parse(new), parse(old)), FAULT_INPUT);
	expect_text(
		fault_text(), "New: Old is written, New is read, and no alias says they are one");
	expect_ok(avro_schema_resolve(parse(aliased), parse(old)));
}

TESTS("schema", TEST_CASE(reads_every_kind_of_field), TEST_CASE(reads_defaults),
	TEST_CASE(every_length_needs_a_bound), TEST_CASE(what_is_not_known_is_refused_by_name),
	TEST_CASE(logical_types_are_the_three_there_are), TEST_CASE(a_default_fits_its_type),
	TEST_CASE(a_fingerprint_is_of_what_is_read),
	TEST_CASE(resolves_what_avro_resolves_and_nothing_else),
	TEST_CASE(a_renamed_record_needs_an_alias))
