#include <base/buffer.h>
#include <base/fault.h>
#include <testkit/testkit.h>

#include <string.h>

TEST(grows_and_ends_with_a_nul_that_does_not_count)
{
	BUFFER_CLEAN struct buffer buffer;
	buffer_init(&buffer, 0);

	buffer_add_text(&buffer, "order ");
	buffer_add_byte(&buffer, '#');
	buffer_add_format(&buffer, "%d", 42);
	expect_text(buffer.data, "order #42");
	expect_int(buffer.size, 9);
	for (int i = 0; i < 10000; i++)
		buffer_add(&buffer, "0123456789", 10);
	expect_int(buffer.size, 100009);
	expect_int(buffer.data[buffer.size], 0);
	expect_bytes(buffer.data + 100006, 3, "789", 3);
	expect_ok(buffer_check(&buffer, "it"));
}

TEST(always_has_room_for_the_nul)
{
	BUFFER_CLEAN struct buffer buffer;
	buffer_init(&buffer, 0);

	for (int i = 0; i < 5000; i++) {
		buffer_add_byte(&buffer, 'x');
		expect(buffer.capacity > buffer.size);
		expect_int(buffer.data[buffer.size], 0);
	}
}

TEST(keeps_zeros_inside)
{
	BUFFER_CLEAN struct buffer buffer;
	buffer_init(&buffer, 0);

	buffer_add(&buffer, "a\0b", 3);
	expect_bytes(buffer.data, buffer.size, "a\0b", 3);
}

TEST(formats_what_is_longer_than_its_scratch)
{
	BUFFER_CLEAN struct buffer buffer;
	buffer_init(&buffer, 0);

	for (int width = 250; width < 260; width++) {
		buffer_reset(&buffer);
		buffer_add_format(&buffer, "%*d", width, 7);
		expect_int(buffer.size, width);
		expect_int(strlen(buffer.data), width);
		expect_int(buffer.data[width - 1], '7');
	}
}

TEST(takes_exactly_up_to_its_bound)
{
	BUFFER_CLEAN struct buffer buffer;
	buffer_init(&buffer, 10);

	buffer_add_text(&buffer, "0123456789");
	expect(!buffer.failed);
	buffer_add(&buffer, "", 0);
	expect(!buffer.failed);
	buffer_add_byte(&buffer, 'x');
	expect(buffer.failed);
	expect_text(buffer.data, "0123456789");
}

TEST(a_failed_append_changes_nothing_and_neither_do_later_ones)
{
	BUFFER_CLEAN struct buffer buffer;
	buffer_init(&buffer, 10);

	buffer_add_text(&buffer, "01234");
	buffer_add_text(&buffer, "567890");
	buffer_add_text(&buffer, "5");
	buffer_add_format(&buffer, "%d", 5);
	expect(buffer_reserve(&buffer, 1) == NULL);
	expect_text(buffer.data, "01234");
	expect_fault(buffer_check(&buffer, "reply"), FAULT_LIMIT);
	expect_text(fault_text(), "reply is larger than 10 bytes");
}

TEST(a_reset_empties_it_and_clears_the_mark)
{
	BUFFER_CLEAN struct buffer buffer;
	buffer_init(&buffer, 4);

	buffer_reset(&buffer);
	buffer_add_text(&buffer, "12345");
	buffer_reset(&buffer);
	expect_int(buffer.size, 0);
	buffer_add_text(&buffer, "1234");
	expect_text(buffer.data, "1234");
	buffer_reset(&buffer);
	expect_text(buffer.data, "");
}

TEST(reserved_room_is_filled_by_the_caller)
{
	BUFFER_CLEAN struct buffer buffer;
	buffer_init(&buffer, 0);

	buffer_add_text(&buffer, "ab");
	char *room = buffer_reserve(&buffer, 1000);
	memset(room, 'c', 1000);
	buffer.size += 1000;
	buffer_add_text(&buffer, "d");
	expect_int(buffer.size, 1003);
	expect_int(buffer.data[1001], 'c');
	expect_int(buffer.data[1002], 'd');
}

TEST(reserves_what_can_be_and_refuses_absurd_sizes)
{
	BUFFER_CLEAN struct buffer buffer;
	buffer_init(&buffer, 0);

	buffer_add_text(&buffer, "ab");
	expect(buffer_reserve(&buffer, SIZE_MAX - 1) == NULL);
	expect(buffer.failed);
	expect_fault(buffer_check(&buffer, "it"), FAULT_LIMIT);
}

/* What log.c does: memory of the caller's that is large enough is never replaced. */
TEST(memory_of_the_callers_is_kept_while_the_bound_is_below_it)
{
	char memory[11];
	struct buffer buffer = {.data = memory, .capacity = sizeof(memory), .size_max = 10};

	buffer_add_text(&buffer, "0123456789");
	buffer_add_text(&buffer, "0");
	expect(buffer.data == memory);
	expect(buffer.failed);
	expect_text(memory, "0123456789");
}

TEST(finishing_twice_or_a_zeroed_one_is_fine)
{
	struct buffer buffer = {0};
	buffer_finish(&buffer);
	buffer_add_text(&buffer, "x");
	buffer_finish(&buffer);
	buffer_finish(&buffer);
	expect(buffer.data == NULL);
	buffer_finish(NULL);
}

TEST(takes_a_file_in_whole_or_says_which_it_cannot)
{
	BUFFER_CLEAN struct buffer buffer;

	buffer_init(&buffer, 4);
	expect_fault(buffer_add_file(&buffer, "/nowhere/file"), FAULT_SYSTEM);
	expect(strstr(fault_text(), "/nowhere/file: No such file") != NULL);
	expect_fault(buffer_add_file(&buffer, "/"), FAULT_SYSTEM);
	expect(strstr(fault_text(), "/: Is a directory") != NULL);
	expect_ok(buffer_add_file(&buffer, "/dev/null"));
	expect_int(buffer.size, 0);
	expect_fault(buffer_add_file(&buffer, "/proc/self/status"), FAULT_LIMIT);
	expect(strstr(fault_text(), "/proc/self/status") != NULL);
	buffer_finish(&buffer);
	buffer_init(&buffer, 0);
	expect_ok(buffer_add_file(&buffer, "/proc/self/status"));
	expect(strncmp(buffer.data, "Name:", 5) == 0);
}

TESTS("buffer", TEST_CASE(takes_a_file_in_whole_or_says_which_it_cannot),
	TEST_CASE(grows_and_ends_with_a_nul_that_does_not_count),
	TEST_CASE(always_has_room_for_the_nul), TEST_CASE(keeps_zeros_inside),
	TEST_CASE(formats_what_is_longer_than_its_scratch),
	TEST_CASE(takes_exactly_up_to_its_bound),
	TEST_CASE(a_failed_append_changes_nothing_and_neither_do_later_ones),
	TEST_CASE(a_reset_empties_it_and_clears_the_mark),
	TEST_CASE(reserved_room_is_filled_by_the_caller),
	TEST_CASE(reserves_what_can_be_and_refuses_absurd_sizes),
	TEST_CASE(memory_of_the_callers_is_kept_while_the_bound_is_below_it),
	TEST_CASE(finishing_twice_or_a_zeroed_one_is_fine))
