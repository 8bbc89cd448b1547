#include <base/arena.h>
#include <testkit/testkit.h>

#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

TEST(gives_zeroed_aligned_memory)
{
	struct arena *arena = arena_create(0);

	for (size_t size = 0; size < 300; size++) {
		char *bytes = arena_alloc(arena, size);
		expect(bytes != NULL);
		expect_int((uintptr_t)bytes % alignof(max_align_t), 0);
		expect(is_zero(bytes, size));
		memset(bytes, 0xee, size);
	}
	arena_destroy(arena);
}

TEST(gives_zeroed_memory_again_after_a_reset)
{
	struct arena *arena = arena_create(0);

	memset(arena_alloc(arena, 1000), 0xee, 1000);
	arena_reset(arena);
	expect(is_zero(arena_alloc(arena, 1000), 1000));
	arena_destroy(arena);
}

TEST(keeps_its_blocks_over_a_reset)
{
	struct arena *arena = arena_create(0);
	char *small[20];
	char *large = NULL;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20; i++) {
			char *bytes = arena_alloc(arena, 40000);
			expect(round == 0 || bytes == small[i]);
			small[i] = bytes;
		}
		char *bytes = arena_alloc(arena, 1000000);
		expect(round == 0 || bytes == large);
		large = bytes;
		arena_reset(arena);
	}
	arena_destroy(arena);
}

TEST(skips_kept_blocks_that_are_too_small)
{
	struct arena *arena = arena_create(0);
	char *large = NULL;

	for (int i = 0; i < 5; i++)
		arena_alloc(arena, 60000);
	large = arena_alloc(arena, 1000000);
	arena_reset(arena);
	expect(arena_alloc(arena, 1000000) == large);
	arena_destroy(arena);
}

TEST(pieces_do_not_overlap)
{
	struct arena *arena = arena_create(0);
	uint8_t *pieces[2000];
	size_t sizes[2000];

	for (size_t i = 0; i < 2000; i++) {
		sizes[i] = (i * 7919) % 3000 + 1;
		pieces[i] = arena_alloc(arena, sizes[i]);
		memset(pieces[i], (int)(i & 0xff), sizes[i]);
	}
	for (size_t i = 0; i < 2000; i++) {
		expect_int(pieces[i][0], i & 0xff);
		expect_int(pieces[i][sizes[i] - 1], i & 0xff);
	}
	arena_destroy(arena);
}

TEST(counts_what_is_handed_out_since_the_reset)
{
	struct arena *arena = arena_create(0);

	expect_int(arena_used(arena), 0);
	arena_alloc(arena, 100);
	expect(arena_used(arena) >= 100 && arena_used(arena) < 200);
	arena_alloc(arena, 200000);
	expect(arena_used(arena) >= 200100);
	arena_reset(arena);
	expect_int(arena_used(arena), 0);
	arena_destroy(arena);
}

TEST(copies_texts_and_bytes)
{
	struct arena *arena = arena_create(0);
	char word[] = "order";

	char *text = arena_string(arena, word);
	char *part = arena_string_of(arena, word, 3);
	char *bytes = arena_copy(arena, word, 5);
	word[0] = 'X';
	expect_text(text, "order");
	expect_text(part, "ord");
	expect_bytes(bytes, 5, "order", 5);
	expect_text(arena_format(arena, "%s-%d", "a", 7), "a-7");
	expect_int(strlen(arena_format(arena, "%5000d", 1)), 5000);
	expect(arena_copy(arena, NULL, 0) != NULL);
	arena_destroy(arena);
}

static int sum_of_numbers(struct arena *arena)
{
	int *numbers = arena_array(arena, 100, sizeof(int));
	int sum = 0;
	for (int i = 0; i < 100; i++)
		sum += numbers[i] += i;
	return sum;
}

TEST(gives_arrays_of_zeros)
{
	struct arena *arena = arena_create(0);
	expect_int(sum_of_numbers(arena), 4950);
	arena_destroy(arena);
}

/* Runs @what in a child; true when it died of abort(3). */
static bool aborts(void (*what)(void))
{
	int status = 0;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(3);
		what();
		_exit(0);
	}
	expect(child > 0 && waitpid(child, &status, 0) == child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void pass_the_limit(void)
{
	struct arena *arena = arena_create(1000);
	arena_alloc(arena, 500);
	arena_alloc(arena, 600);
}

static void stay_within_the_limit(void)
{
	struct arena *arena = arena_create(1000);
	for (int i = 0; i < 10; i++) {
		arena_alloc(arena, 900);
		arena_reset(arena);
	}
	arena_destroy(arena);
}

static void overflow_an_array(void)
{
	arena_array(arena_create(0), SIZE_MAX / 2, 3);
}

TEST(ends_the_process_above_its_limit_only)
{
	expect(aborts(pass_the_limit));
	expect(!aborts(stay_within_the_limit));
	expect(aborts(overflow_an_array));
}

TEST(takes_null_for_an_arena_that_was_never_made)
{
	struct arena *arena = NULL;
	arena_destroy(NULL);
	arena_cleanup(&arena);

	arena = arena_create(0);
	arena_cleanup(&arena);
	expect(arena == NULL);
}

TESTS("arena", TEST_CASE(gives_zeroed_aligned_memory),
	TEST_CASE(gives_zeroed_memory_again_after_a_reset),
	TEST_CASE(keeps_its_blocks_over_a_reset), TEST_CASE(skips_kept_blocks_that_are_too_small),
	TEST_CASE(pieces_do_not_overlap), TEST_CASE(counts_what_is_handed_out_since_the_reset),
	TEST_CASE(copies_texts_and_bytes), TEST_CASE(gives_arrays_of_zeros),
	TEST_CASE(ends_the_process_above_its_limit_only),
	TEST_CASE(takes_null_for_an_arena_that_was_never_made))
