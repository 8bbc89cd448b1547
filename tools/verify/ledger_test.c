#include "test_desk.h"

#include <base/clock.h>
#include <stdio.h>
#include <string.h>

#define ORDER "01000000-0000-0000-0000-000000000001"
#define LINE_OK \
	"7\tkey-7\t2026-11-25T20:00:00.000000Z\tok\tok\t201\t" ORDER \
	"\tcompleted\t900\t5000\t4000\n"
#define LINE_UNKNOWN "8\tkey-8\t2026-11-25T20:00:00.000000Z\tok\tunknown\t-\t-\t-\t-\t-\t-\n"
#define LINE_FAIL "9\tkey-9\t2026-11-25T20:00:00.000000Z\tok\tfail\t503\t-\t-\t800\t-\t-\n"

static struct promises promises;

TEST(takes_lines_of_every_status)
{
	struct promise *promise;
	const struct uuid order = desk_id(1);

	expect_ok(promises_add_line(&promises, LINE_OK));
	expect_ok(promises_add_line(&promises, LINE_UNKNOWN));
	expect_ok(promises_add_line(&promises, LINE_FAIL));
	expect_int(promises.count, 3);
	promise = promises_find(&promises, "key-7");
	expect(promise != NULL);
	expect_int(promise->status, PROMISE_OK);
	expect_int(promise->end, END_COMPLETED);
	expect(uuid_equal(&promise->order, &order));
	expect_int(promise->due_us % US_PER_S, 0);
	expect_int(promises_find(&promises, "key-8")->status, PROMISE_UNKNOWN);
	expect_int(promises_find(&promises, "key-9")->status, PROMISE_FAIL);
	expect(promises_find(&promises, "key-70") == NULL);
}

TEST(refuses_what_is_no_line_of_a_ledger)
{
	expect_fault(promises_add_line(&promises, "7\tkey\n"), FAULT_INPUT);
	expect_fault(promises_add_line(&promises, ""), FAULT_INPUT);
	expect_fault(promises_add_line(
			     &promises, "7\tk\tnow\tok\tok\t201\t" ORDER "\tcompleted\t1\t2\t3"),
		FAULT_INPUT);
	expect_fault(promises_add_line(&promises,
			     "7\tk\t2026-11-25T20:00:00Z\tok\tok\t201\t-\tcompleted\t1\t2\t3"),
		FAULT_INPUT);
	expect_fault(promises_add_line(&promises,
			     "7\tk\t2026-11-25T20:00:00Z\tok\tmaybe\t201\t-\t-\t1\t2\t3"),
		FAULT_INPUT);
	expect_int(promises.count, 0);
}

TEST(passes_over_columns_that_a_later_version_adds)
{
	expect_ok(promises_add_line(&promises,
		"7\tk\t2026-11-25T20:00:00Z\tok\tok\t201\t" ORDER "\tcompleted\t1\t2\t3\t202\t-"));
	expect_int(promises.count, 1);
}

TEST(finds_each_of_many_keys)
{
	char line[200], key[40];

	for (int n = 0; n < 5000; n++) {
		snprintf(line, sizeof(line),
			"%d\trun-%d\t2026-11-25T20:00:00Z\tok\tunknown\t-\t-\t-\t-\t-\t-\n", n, n);
		expect_ok(promises_add_line(&promises, line));
	}
	for (int n = 0; n < 5000; n++) {
		snprintf(key, sizeof(key), "run-%d", n);
		expect(promises_find(&promises, key) == &promises.list[n]);
	}
	expect(promises_find(&promises, "run-5000") == NULL);
}

TEST(reads_a_file_and_names_the_line_that_is_wrong)
{
	char path[4200];
	FILE *file;
	static const char text[] =
		"n\tkey\tdue\tkind\tstatus\thttp\torder\tend\ta\tb\tc\n" LINE_OK "nonsense\n";

	snprintf(path, sizeof(path), "%s/run.tsv", testkit_directory());
	file = fopen(path, "we");
	expect(file != NULL);
	fputs(text, file);
	fclose(file);
	expect_fault(promises_read(&promises, path), FAULT_USAGE);
	expect(strstr(fault_text(), "line 3") != NULL);
	expect_int(promises.count, 1);
	expect_fault(promises_read(&promises, "/nowhere/run.tsv"), FAULT_USAGE);
}

TESTS("verify ledger", TEST_CASE(takes_lines_of_every_status),
	TEST_CASE(passes_over_columns_that_a_later_version_adds),
	TEST_CASE(refuses_what_is_no_line_of_a_ledger), TEST_CASE(finds_each_of_many_keys),
	TEST_CASE(reads_a_file_and_names_the_line_that_is_wrong))
