/*
 * Tellers over a real PostgreSQL and the provider with its ledger: what an outside
 * party may do to us, and what is left when we die at the worst moments.
 */
#include "payment_sql.h"
#include "teller.h"

#include <base/clock.h>
#include <base/crash.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/message.h>
#include <store/migrate.h>
#include <sys/wait.h>
#include <testkit/testkit.h>
#include <time.h>
#include <unistd.h>

static const char *const ours[] = {store_sql_message, sql_payment, NULL};
static const char *const theirs[] = {sql_provider, NULL};

struct office {
	struct store_config ours, theirs;
	struct provider_config provider;
	struct store *store;
};

static void migrate(const struct store_config *config)
{
	struct store *store = store_create(config);
	int applied;

	expect_ok(store_migrate(store, store_message_migrations, &applied));
	expect_ok(store_migrate(store, payment_migrations, &applied));
	store_destroy(store);
}

static void office_open(struct office *office)
{
	*office = (struct office){.ours = {.url = testkit_database_url(),
					  .application = "teller_test",
					  .connect_timeout_ms = 5000,
					  .statement_timeout_ms = 5000}};
	migrate(&office->ours);
	office->theirs = office->ours;
	office->ours.scripts = ours;
	office->theirs.scripts = theirs;
	office->provider = (struct provider_config){.store = &office->theirs, .slow_ms = 1500};
	office->store = store_create(&office->ours);
	expect_ok(store_ready(office->store));
}

static struct tellers *tellers_open(const struct office *office, int count)
{
	struct tellers *tellers;

	expect_ok(tellers_start(
		&(struct teller_config){
			.store = &office->ours, .provider = office->provider, .count = count},
		&tellers));
	return tellers;
}

static int64_t number(struct office *office, const char *sql)
{
	struct store_result *rows = NULL;
	char prepared[1024];
	int64_t value;

	snprintf(prepared, sizeof(prepared), "PREPARE number AS SELECT (%s)::bigint", sql);
	expect_ok(store_execute(office->store, prepared));
	store_queue(office->store, "number", NULL);
	expect_ok(store_run(office->store, &rows, 1));
	value = store_get_long(rows, 0, 0);
	store_results_free(&rows, 1);
	expect_ok(store_execute(office->store, "DEALLOCATE number"));
	return value;
}

/* As many payments as the loop would have left them, their charge overdue. */
static void leave(struct office *office, int count, const char *method)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
		"INSERT INTO payment (order_id, id, request_id, status, amount, method, created_at,"
		" updated_at, question, due_at) SELECT gen_random_uuid(), gen_random_uuid(),"
		" gen_random_uuid(), 'Charging', 100 + n, '%s', now(), now(), 'charge', now()"
		" FROM generate_series(1, %d) AS n",
		method, count);
	expect_ok(store_execute(office->store, sql));
}

/* Until the query says so many; fails after 15 s. */
static void await(struct office *office, const char *sql, int64_t want)
{
	const struct timespec step = {.tv_nsec = 10000000};
	int64_t until_us = clock_monotonic_us() + 15 * US_PER_S;

	while (number(office, sql) != want) {
		if (clock_monotonic_us() > until_us)
			fail_test("waited for %lld of: %s", (long long)want, sql);
		nanosleep(&step, NULL);
	}
}

#define OPEN "SELECT count(*) FROM payment WHERE due_at IS NOT NULL"
#define COUNT(what) "SELECT count(*) FROM " what

/* What must be true whenever nothing is open. */
static void expect_in_balance(struct office *office)
{
	/* Each of our movements is one of theirs, and each of theirs one of ours. */
	expect_int(number(office,
			   COUNT("(SELECT payment_id, amount FROM payment_transaction WHERE kind = "
				 "'capture')"
				 " AS a FULL JOIN (SELECT payment_id, amount FROM provider.charge"
				 " WHERE refusal IS NULL) AS b USING (payment_id, amount)"
				 " WHERE a IS NULL OR b IS NULL")),
		0);
	expect_int(number(office,
			   COUNT("(SELECT payment_id, amount FROM payment_transaction WHERE kind = "
				 "'refund')"
				 " AS a FULL JOIN provider.refund AS b USING (payment_id, amount)"
				 " WHERE a IS NULL OR b IS NULL")),
		0);
	/* Double entry. */
	expect_int(number(office,
			   COUNT("(SELECT FROM payment_entry GROUP BY payment_id, kind"
				 " HAVING sum(amount) <> 0 OR count(*) <> 2) AS bad")),
		0);
	expect_int(number(office, "SELECT coalesce(sum(amount), 0) FROM payment_entry"), 0);
	/* One answer to a payment. */
	expect_int(number(office,
			   COUNT("(SELECT FROM payment LEFT JOIN outbox ON aggregateid = "
				 "order_id::text"
				 " GROUP BY order_id HAVING count(outbox.id) <> 1) AS bad")),
		0);
}

static void office_close(struct office *office)
{
	store_destroy(office->store);
}

TEST(charges_what_it_finds_and_says_so)
{
	struct office office;
	struct tellers *tellers;

	office_open(&office);
	leave(&office, 700, "card_ok");
	leave(&office, 20, "card_declined");
	tellers = tellers_open(&office, 2);
	await(&office, OPEN, 0);
	tellers_stop(tellers);
	expect_int(number(&office, COUNT("outbox WHERE type = 'PaymentSucceeded'")), 700);
	expect_int(number(&office, COUNT("outbox WHERE type = 'PaymentFailed'")), 20);
	expect_int(number(&office, COUNT("payment_transaction")), 700);
	expect_in_balance(&office);
	office_close(&office);
}

TEST(finds_out_what_became_of_a_charge_without_an_answer)
{
	struct office office;
	struct tellers *tellers;

	office_open(&office);
	leave(&office, 10, "unknown_outcome");
	tellers = tellers_open(&office, 1);
	await(&office, OPEN, 0);
	tellers_stop(tellers);
	expect_int(number(&office, COUNT("provider.charge")), 10);
	expect_int(
		number(&office, COUNT("payment WHERE status = 'Succeeded' AND attempts > 0")), 10);
	expect_in_balance(&office);
	office_close(&office);
}

TEST(does_not_hold_others_up_behind_a_slow_one)
{
	struct office office;
	struct tellers *tellers;

	office_open(&office);
	leave(&office, 600, "slow");
	leave(&office, 600, "card_ok");
	tellers = tellers_open(&office, 1);
	await(&office, COUNT("payment WHERE status = 'Succeeded'"), 600);
	expect_int(number(&office, COUNT("payment WHERE status = 'Charging' AND method = 'slow'")),
		600);
	await(&office, OPEN, 0);
	tellers_stop(tellers);
	expect_in_balance(&office);
	office_close(&office);
}

TEST(fails_after_a_gateway_that_stays_away)
{
	struct office office;
	struct tellers *tellers;

	office_open(&office);
	leave(&office, 3, "gateway_error");
	tellers = tellers_open(&office, 1);
	await(&office, OPEN, 0);
	tellers_stop(tellers);
	expect_int(number(&office, COUNT("payment WHERE failure_reason = 'gateway_error'")), 3);
	expect_int(number(&office, COUNT("provider.charge WHERE refusal = 'cancelled'")), 3);
	expect_in_balance(&office);
	office_close(&office);
}

TEST(gives_back_what_was_asked_back_while_charging)
{
	struct office office;
	struct tellers *tellers;

	office_open(&office);
	leave(&office, 5, "card_ok");
	leave(&office, 5, "card_declined");
	expect_ok(store_execute(office.store, "UPDATE payment SET status = 'Voiding'"));
	tellers = tellers_open(&office, 1);
	await(&office, OPEN, 0);
	tellers_stop(tellers);
	expect_int(number(&office, COUNT("outbox WHERE type = 'PaymentRefunded'")), 5);
	expect_int(number(&office, COUNT("payment_transaction")), 10);
	expect_in_balance(&office);
	office_close(&office);
}

/* Three of ten calls go wrong, half of them after the provider has done it. */
TEST(is_in_balance_with_a_provider_that_fails_often)
{
	struct office office;
	struct tellers *tellers;

	office_open(&office);
	office.provider.failure_permille = 300;
	leave(&office, 400, "card_ok");
	leave(&office, 100, "card_declined");
	leave(&office, 100, "card_ok");
	expect_ok(store_execute(
		office.store, "UPDATE payment SET status = 'Voiding' WHERE amount % 7 = 0"));
	tellers = tellers_open(&office, 2);
	await(&office, OPEN, 0);
	tellers_stop(tellers);
	expect(number(&office, "SELECT sum(attempts) FROM payment") > 50);
	expect_in_balance(&office);
	office_close(&office);
}

/* A process that dies at @point with questions in hand. */
static void die_at(struct office *office, const char *point)
{
	pid_t child = fork();
	int status;

	expect(child >= 0);
	if (child == 0) {
		struct tellers *tellers;

		setenv("CRASH_AT", point, 1);
		crash_init();
		(void)tellers_start(
			&(struct teller_config){
				.store = &office->ours, .provider = office->provider, .count = 1},
			&tellers);
		sleep(10);
		_exit(0);
	}
	expect_int(waitpid(child, &status, 0), child);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_test("nothing passed %s", point);
}

TEST(charges_once_wherever_it_dies)
{
	static const char *const points[] = {"payment.before_ask", "payment.after_answer",
		"payment.before_commit", "payment.after_commit"};
	struct office office;
	struct tellers *tellers;

	office_open(&office);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		leave(&office, 10, "card_ok");
		leave(&office, 5, "card_declined");
		die_at(&office, points[i]);
		/* Its session may outlive it for a moment, and with it its locks. */
		await(&office,
			COUNT("pg_stat_activity WHERE application_name = 'teller_test'"
			      " AND datname = current_database()"),
			1);
		expect_int(number(&office, OPEN), i == 3 ? 0 : 15);
		expect_int(number(&office, COUNT("provider.charge")),
			(int64_t)(i == 0 ? 0 : 15 * (i + 1)));
		/* Nobody waits for the lease here. */
		expect_ok(store_execute(office.store,
			"UPDATE payment SET due_at = now() WHERE due_at IS NOT NULL"));
		tellers = tellers_open(&office, 1);
		await(&office, OPEN, 0);
		tellers_stop(tellers);
		expect_int(number(&office, COUNT("provider.charge")), (int64_t)(15 * (i + 1)));
		expect_in_balance(&office);
	}
	office_close(&office);
}

/* One capture and one refund, and no half of an entry: the database's own word. */
TEST(cannot_write_down_what_does_not_add_up)
{
	struct office office;

	office_open(&office);
	leave(&office, 1, "card_ok");
#define MOVEMENT(kind, debit, credit) \
	"INSERT INTO payment_transaction (payment_id, kind, debit, credit, amount, at)" \
	" SELECT id, " kind ", " debit ", " credit ", amount, now() FROM payment"
	expect_fault(store_execute(office.store, MOVEMENT("'capture'", "'provider'", "NULL")),
		FAULT_DB_DATA);
	expect_fault(store_execute(office.store, MOVEMENT("'capture'", "'provider'", "'provider'")),
		FAULT_DB_DATA);
	expect_fault(store_execute(office.store, MOVEMENT("'refund'", "'provider'", "'customer'")),
		FAULT_DB_DATA);
	expect_ok(store_execute(office.store, MOVEMENT("'capture'", "'provider'", "'customer'")));
	expect_fault(store_execute(office.store, MOVEMENT("'capture'", "'provider'", "'customer'")),
		FAULT_DB_DATA);
	office_close(&office);
}

TESTS("teller", {"charges_what_it_finds_and_says_so", charges_what_it_finds_and_says_so, 30},
	{"finds_out_what_became_of_a_charge_without_an_answer",
		finds_out_what_became_of_a_charge_without_an_answer, 30},
	{"does_not_hold_others_up_behind_a_slow_one", does_not_hold_others_up_behind_a_slow_one,
		30},
	{"fails_after_a_gateway_that_stays_away", fails_after_a_gateway_that_stays_away, 30},
	{"gives_back_what_was_asked_back_while_charging",
		gives_back_what_was_asked_back_while_charging, 30},
	{"is_in_balance_with_a_provider_that_fails_often",
		is_in_balance_with_a_provider_that_fails_often, 60},
	{"charges_once_wherever_it_dies", charges_once_wherever_it_dies, 60},
	TEST_CASE(cannot_write_down_what_does_not_add_up))
