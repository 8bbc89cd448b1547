#include "attempt.h"

#include <testkit/testkit.h>

static const struct attempt_rules rules = {.domain = "example.org",
	.timeout_ms = 100,
	.attempts_max = 5,
	.retry_first_ms = 100,
	.retry_pause_max_ms = 400};

static struct attempt settled(enum attempt_outcome outcome, int number)
{
	struct attempt attempt = {.outcome = outcome, .number = number};

	attempt_settle(&attempt, &rules);
	return attempt;
}

TEST(what_was_delivered_or_refused_has_ended)
{
	struct attempt sent = settled(ATTEMPT_SENT, 1), refused = settled(ATTEMPT_REFUSED, 1),
		       simulated = settled(ATTEMPT_SIMULATED, 1);

	expect(sent.ended && simulated.ended && refused.ended);
	expect_text(attempt_status_name(&sent), "Sent");
	expect_text(attempt_status_name(&simulated), "Simulated");
	expect_text(attempt_status_name(&refused), "Failed");
}

TEST(what_could_not_be_reached_is_tried_again_after_growing_pauses)
{
	const int64_t most_ms[] = {100, 200, 400, 400};

	for (int number = 1; number < rules.attempts_max; number++) {
		struct attempt attempt = settled(ATTEMPT_UNREACHABLE, number);

		expect(!attempt.ended);
		expect_text(attempt_status_name(&attempt), "Pending");
		expect(attempt.pause_ms <= most_ms[number - 1]);
		expect(attempt.pause_ms >= most_ms[number - 1] / 2);
	}
}

TEST(gives_up_after_the_last_attempt)
{
	struct attempt attempt = settled(ATTEMPT_UNREACHABLE, rules.attempts_max);

	expect(attempt.ended);
	expect_text(attempt_status_name(&attempt), "Failed");
}

TEST(without_a_server_it_is_simulated)
{
	struct arena *arena = arena_create(1 << 20);
	struct attempt attempt = {.customer_id = "me@home", .number = 1};

	attempt_make(&attempt, &rules, NULL, arena);
	expect_int(attempt.outcome, ATTEMPT_SIMULATED);
	expect_text(attempt.recipient, "me=40home@example.org");
	arena_destroy(arena);
}

TEST(a_customer_without_an_address_is_refused_with_the_reason)
{
	struct arena *arena = arena_create(1 << 20);
	struct attempt attempt = {.customer_id = "", .number = 1};

	attempt_make(&attempt, &rules, NULL, arena);
	expect_int(attempt.outcome, ATTEMPT_REFUSED);
	expect(attempt.ended && !attempt.recipient && *attempt.detail);
	arena_destroy(arena);
}

TEST(a_server_that_is_away_is_unreachable)
{
	struct arena *arena = arena_create(1 << 20);
	struct smtp_client *client = smtp_client_create("smtp://127.0.0.1:1");
	struct attempt attempt = {.customer_id = "me", .subject = "s", .body = "b", .number = 1};

	attempt_make(&attempt, &rules, client, arena);
	expect_int(attempt.outcome, ATTEMPT_UNREACHABLE);
	expect(!attempt.ended && *attempt.detail);
	smtp_client_destroy(client);
	arena_destroy(arena);
}

TESTS("attempt", TEST_CASE(what_was_delivered_or_refused_has_ended),
	TEST_CASE(what_could_not_be_reached_is_tried_again_after_growing_pauses),
	TEST_CASE(gives_up_after_the_last_attempt), TEST_CASE(without_a_server_it_is_simulated),
	TEST_CASE(a_customer_without_an_address_is_refused_with_the_reason),
	TEST_CASE(a_server_that_is_away_is_unreachable))
