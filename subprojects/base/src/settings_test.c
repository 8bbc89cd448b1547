#include <base/settings.h>
#include <testkit/testkit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *bootstrap, *password, *city, *street, *house;
static int64_t rate, offset;
static bool verbose;

/* clang-format off */
static const struct setting shared[] = {
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, "127.0.0.1:9092", .help = "Kafka, host:port"},
	{"database.password", SETTING_SECRET, &password, "", .help = "password of the role"},
	{0},
};
static const struct setting own[] = {
	{"send.rate_max", SETTING_NUMBER, &rate, "50", .min = 1, .max = 1000, .help = "orders a second"},
	{"verbose", SETTING_FLAG, &verbose, "false", .help = "say more"},
	{0},
};
static const struct setting needed[] = {
	{"city", SETTING_TEXT, &city, NULL, .help = "where"},
	{"offset", SETTING_NUMBER, &offset, "0", .min = INT64_MIN, .max = INT64_MAX, .help = "where from"},
	{0},
};
static const struct setting addressed[] = {
	{"street", SETTING_TEXT, &street, NULL, .help = "a street", .variable = ""},
	{"house", SETTING_TEXT, &house, "1", .help = "its number", .variable = "HOUSE_NUMBER"},
	{"offset", SETTING_NUMBER, &offset, "0", .max = 9, .help = "where from", .variable = ""},
	{0},
};
/* clang-format on */

static const struct settings_program addressing = {
	.name = "orders",
	.tables = (const struct setting *const[]){addressed, NULL},
};
static const struct settings_program program = {
	.name = "orders",
	.purpose = "Sends orders.",
	.examples = "  orders --send-rate-max 7\n",
	.tables = (const struct setting *const[]){shared, own, NULL},
};
static const struct settings_program demanding = {
	.name = "orders",
	.tables = (const struct setting *const[]){needed, NULL},
};

/* What the caller's shell exports (./lab env) is not what is tested. */
__attribute__((constructor)) static void forget_the_callers_variables(void)
{
	static const char *const names[] = {"KAFKA_BOOTSTRAP", "DATABASE_PASSWORD",
		"DATABASE_PASSWORD_FILE", "SEND_RATE_MAX", "VERBOSE", "CITY", "OFFSET",
		"HOUSE_NUMBER"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

#define ARGV_MAX 16
static char *arguments[ARGV_MAX];
static int argument_count;

/* argv of the given words, "orders" first. */
#define ARGV(...) set_arguments((const char *[]){"orders", ##__VA_ARGS__, NULL})

static void set_arguments(const char *const *words)
{
	while (argument_count > 0)
		free(arguments[--argument_count]);
	for (argument_count = 0; words[argument_count]; argument_count++)
		arguments[argument_count] = strdup(words[argument_count]);
	arguments[argument_count] = NULL;
}

static int read_program(void)
{
	return settings_read(&program, argument_count, arguments, NULL);
}

static void expect_words(const char *words)
{
	if (!strstr(fault_text(), words))
		fail_test("'%s' is not in: %s", words, fault_text());
}

TEST(takes_the_defaults)
{
	ARGV();
	expect_ok(read_program());
	expect_text(bootstrap, "127.0.0.1:9092");
	expect_text(password, "");
	expect_int(rate, 50);
	expect(!verbose);
}

TEST(takes_the_environment_and_options_win_over_it)
{
	setenv("KAFKA_BOOTSTRAP", "env:1", 1);
	setenv("SEND_RATE_MAX", "60", 1);
	setenv("VERBOSE", "yes", 1);
	ARGV("--kafka-bootstrap", "option:2");
	expect_ok(read_program());
	expect_text(bootstrap, "option:2");
	expect_int(rate, 60);
	expect(verbose);
}

TEST(an_empty_variable_is_as_good_as_none_and_an_empty_option_is_not)
{
	setenv("KAFKA_BOOTSTRAP", "", 1);
	setenv("SEND_RATE_MAX", "", 1);
	ARGV();
	expect_ok(read_program());
	expect_text(bootstrap, "127.0.0.1:9092");
	expect_int(rate, 50);
	ARGV("--kafka-bootstrap=");
	expect_ok(read_program());
	expect_text(bootstrap, "");
}

TEST(takes_both_forms_of_an_option)
{
	ARGV("--send-rate-max=7", "--kafka-bootstrap=a=b", "--verbose");
	expect_ok(read_program());
	expect_int(rate, 7);
	expect_text(bootstrap, "a=b");
	expect(verbose);
	ARGV("--verbose=false", "--send-rate-max", "8");
	expect_ok(read_program());
	expect_int(rate, 8);
	expect(!verbose);
}

TEST(names_an_unknown_option)
{
	ARGV("--kafka-bootstrp=x");
	expect_fault(read_program(), FAULT_USAGE);
	expect_words("unknown option --kafka-bootstrp;");
	ARGV("--kafka-boot");
	expect_fault(read_program(), FAULT_USAGE);
	expect_words("--kafka-boot;");
	ARGV("-x");
	expect_fault(read_program(), FAULT_USAGE);
	expect_words("-x;");
}

TEST(names_an_option_without_its_value)
{
	ARGV("--send-rate-max");
	expect_fault(read_program(), FAULT_USAGE);
	expect_words("--send-rate-max wants a value");
}

TEST(names_option_variable_and_bounds_of_a_wrong_number)
{
	static const char *const bad[] = {
		"0", "1001", "", " 7", "7 ", "7x", "x", "1e2", "7.0", "99999999999999999999", "-1"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ARGV("--send-rate-max", bad[i]);
		expect_fault(read_program(), FAULT_USAGE);
		expect_words("--send-rate-max (SEND_RATE_MAX)");
		expect_words("a whole number from 1 to 1000");
	}
	setenv("SEND_RATE_MAX", "many", 1);
	ARGV();
	expect_fault(read_program(), FAULT_USAGE);
	expect_words("'many'");
}

TEST(takes_every_number_of_64_bits_and_none_beyond)
{
	ARGV("--city=Bern", "--offset=-9223372036854775808");
	expect_ok(settings_read(&demanding, argument_count, arguments, NULL));
	expect_int(offset, INT64_MIN);
	ARGV("--city=Bern", "--offset=9223372036854775807");
	expect_ok(settings_read(&demanding, argument_count, arguments, NULL));
	expect_int(offset, INT64_MAX);
	ARGV("--city=Bern", "--offset=9223372036854775808");
	expect_fault(settings_read(&demanding, argument_count, arguments, NULL), FAULT_USAGE);
}

TEST(refuses_a_flag_that_is_neither_true_nor_false)
{
	ARGV("--verbose=maybe");
	expect_fault(read_program(), FAULT_USAGE);
	expect_words("true or false");
}

TEST(a_setting_without_default_must_be_given)
{
	ARGV();
	expect_fault(settings_read(&demanding, argument_count, arguments, NULL), FAULT_USAGE);
	expect_words("city is not set: give --city or CITY");
	ARGV("--city", "Bern");
	expect_ok(settings_read(&demanding, argument_count, arguments, NULL));
	expect_text(city, "Bern");
	setenv("CITY", "Basel", 1);
	ARGV();
	expect_ok(settings_read(&demanding, argument_count, arguments, NULL));
	expect_text(city, "Basel");
}

TEST(a_setting_may_have_another_variable_or_none)
{
	setenv("STREET", "High Street", 1);
	setenv("HOUSE", "2", 1);
	setenv("HOUSE_NUMBER", "3", 1);
	ARGV();
	expect_fault(settings_read(&addressing, argument_count, arguments, NULL), FAULT_USAGE);
	expect_text(fault_text(), "street is not set: give --street");
	ARGV("--street=Low Street");
	expect_ok(settings_read(&addressing, argument_count, arguments, NULL));
	expect_text(street, "Low Street");
	expect_text(house, "3");
	ARGV("--street=Low Street", "--house=5", "--offset=x");
	expect_fault(settings_read(&addressing, argument_count, arguments, NULL), FAULT_USAGE);
	expect_text(fault_text(), "--offset: 'x' is not a whole number from 0 to 9");
	expect_text(house, "5");
}

TEST(a_secret_has_no_option)
{
	setenv("DATABASE_PASSWORD", "hidden", 1);
	ARGV();
	expect_ok(read_program());
	expect_text(password, "hidden");
	ARGV("--database-password=x");
	expect_fault(read_program(), FAULT_USAGE);
	expect_words("--database-password");
}

static void write_file(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "we");
	expect(file != NULL);
	expect_int(fwrite(bytes, 1, size, file), size);
	expect_int(fclose(file), 0);
}

static int read_with_secret_file(const char *bytes, size_t size)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/secret", testkit_directory());
	write_file(path, bytes, size);
	setenv("DATABASE_PASSWORD_FILE", path, 1);
	ARGV();
	return read_program();
}

TEST(a_secret_comes_from_a_file_less_one_newline)
{
	expect_ok(read_with_secret_file("s3cret\n", 7));
	expect_text(password, "s3cret");
	expect_ok(read_with_secret_file("s3cret", 6));
	expect_text(password, "s3cret");
	expect_ok(read_with_secret_file(" two words \n\n", 13));
	expect_text(password, " two words \n");
	expect_ok(read_with_secret_file("", 0));
	expect_text(password, "");
}

TEST(refuses_a_file_that_cannot_be_a_secret)
{
	char large[4098];

	memset(large, 'x', sizeof(large));
	expect_ok(read_with_secret_file(large, 4096));
	expect_int(strlen(password), 4096);
	large[4096] = '\n';
	expect_ok(read_with_secret_file(large, 4097));
	large[4096] = 'x';
	expect_fault(read_with_secret_file(large, 4097), FAULT_USAGE);
	expect_fault(read_with_secret_file(large, 4098), FAULT_USAGE);
	expect_fault(read_with_secret_file("a\0b", 3), FAULT_USAGE);
	setenv("DATABASE_PASSWORD_FILE", "/nowhere/secret", 1);
	ARGV();
	expect_fault(read_program(), FAULT_USAGE);
	expect_words("DATABASE_PASSWORD_FILE: cannot open '/nowhere/secret'");
}

TEST(refuses_a_secret_from_two_places)
{
	setenv("DATABASE_PASSWORD", "one", 1);
	expect_fault(read_with_secret_file("two", 3), FAULT_USAGE);
	expect_words("both DATABASE_PASSWORD and DATABASE_PASSWORD_FILE are set");
}

TEST(hands_back_positional_words_in_their_order)
{
	int rest = 0;

	ARGV("one", "--send-rate-max", "7", "two", "--verbose", "-", "--kafka-bootstrap=x");
	expect_ok(settings_read(&program, argument_count, arguments, &rest));
	expect_int(argument_count - rest, 3);
	expect_text(arguments[rest], "one");
	expect_text(arguments[rest + 1], "two");
	expect_text(arguments[rest + 2], "-");
	expect_int(rate, 7);
	expect(verbose);
	expect_text(bootstrap, "x");
}

TEST(two_dashes_end_the_options)
{
	int rest = 0;

	ARGV("one", "--", "--help", "--verbose");
	expect_ok(settings_read(&program, argument_count, arguments, &rest));
	expect_int(argument_count - rest, 3);
	expect_text(arguments[rest], "one");
	expect_text(arguments[rest + 1], "--help");
	expect_text(arguments[rest + 2], "--verbose");
	expect(!verbose);
}

TEST(refuses_positional_words_where_none_are_taken)
{
	ARGV("stray");
	expect_fault(read_program(), FAULT_USAGE);
	expect_words("unexpected argument 'stray'");
}

/* Runs with standard output in a file; what it says there. */
static const char *answer(const struct settings_program *asked, int *ret_result)
{
	static char text[8192];
	char path[512];

	snprintf(path, sizeof(path), "%s/answer", testkit_directory());
	expect(freopen(path, "w+", stdout) != NULL);
	*ret_result = settings_read(asked, argument_count, arguments, NULL);
	rewind(stdout);
	text[fread(text, 1, sizeof(text) - 1, stdout)] = '\0';
	return text;
}

TEST(help_is_an_aligned_table)
{
	int result;

	ARGV("--help");
	const char *text = answer(&program, &result);
	expect_int(result, SETTINGS_EXIT);
	expect(strstr(text, "orders: Sends orders.\n") == text);
	/* clang-format off */
	expect(strstr(text,
		"  OPTION             VARIABLE                  DEFAULT         MEANING\n"
		"  --kafka-bootstrap  KAFKA_BOOTSTRAP           127.0.0.1:9092  Kafka, host:port\n"
		"  -                  DATABASE_PASSWORD[_FILE]  (none)          password of the role\n"
		"  --send-rate-max    SEND_RATE_MAX             50              orders a second\n"
		"  --verbose          VERBOSE                   false           say more\n") != NULL);
	/* clang-format on */
	ARGV("--help");
	text = answer(&addressing, &result);
	expect(strstr(text, "  --street  -             (required)  a street\n") != NULL);
	expect(strstr(text, "  --house   HOUSE_NUMBER  1           its number\n") != NULL);
}

TEST(help_ends_with_the_examples)
{
	int result;

	ARGV("--help");
	const char *text = answer(&program, &result);
	expect(strstr(text, "\nExamples:\n  orders --send-rate-max 7\n") != NULL);
}

TEST(help_comes_also_where_settings_are_missing_or_wrong)
{
	int result;

	ARGV("--nonsense", "-h");
	expect(strstr(answer(&demanding, &result), "(required)") != NULL);
	expect_int(result, SETTINGS_EXIT);
}

TEST(tells_its_version)
{
	int result;

	ARGV("--version");
	expect(strstr(answer(&demanding, &result), "orders (Order Lab) ") != NULL);
	expect_int(result, SETTINGS_EXIT);
}

TEST(prints_the_settings_in_force_without_secrets)
{
	int result;

	setenv("DATABASE_PASSWORD", "hidden", 1);
	ARGV("--print-config", "--send-rate-max=9");
	expect_text(answer(&program, &result),
		"kafka.bootstrap = 127.0.0.1:9092\n"
		"database.password = (redacted)\n"
		"send.rate_max = 9\n"
		"verbose = false\n");
	expect_int(result, SETTINGS_EXIT);
}

TEST(a_check_refuses_what_a_start_would_refuse)
{
	int result;

	ARGV("--check");
	answer(&demanding, &result);
	expect_int(result, FAULT_USAGE);
	ARGV("-n", "--city=Bern");
	expect_text(answer(&demanding, &result), "orders: the settings are complete and valid\n");
	expect_int(result, SETTINGS_EXIT);
}

TESTS("settings", TEST_CASE(takes_the_defaults),
	TEST_CASE(takes_the_environment_and_options_win_over_it),
	TEST_CASE(an_empty_variable_is_as_good_as_none_and_an_empty_option_is_not),
	TEST_CASE(takes_both_forms_of_an_option), TEST_CASE(names_an_unknown_option),
	TEST_CASE(names_an_option_without_its_value),
	TEST_CASE(names_option_variable_and_bounds_of_a_wrong_number),
	TEST_CASE(takes_every_number_of_64_bits_and_none_beyond),
	TEST_CASE(refuses_a_flag_that_is_neither_true_nor_false),
	TEST_CASE(a_setting_without_default_must_be_given),
	TEST_CASE(a_setting_may_have_another_variable_or_none), TEST_CASE(a_secret_has_no_option),
	TEST_CASE(a_secret_comes_from_a_file_less_one_newline),
	TEST_CASE(refuses_a_file_that_cannot_be_a_secret),
	TEST_CASE(refuses_a_secret_from_two_places),
	TEST_CASE(hands_back_positional_words_in_their_order),
	TEST_CASE(two_dashes_end_the_options),
	TEST_CASE(refuses_positional_words_where_none_are_taken),
	TEST_CASE(help_is_an_aligned_table), TEST_CASE(help_ends_with_the_examples),
	TEST_CASE(help_comes_also_where_settings_are_missing_or_wrong),
	TEST_CASE(tells_its_version), TEST_CASE(prints_the_settings_in_force_without_secrets),
	TEST_CASE(a_check_refuses_what_a_start_would_refuse))
