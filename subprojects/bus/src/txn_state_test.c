#include "txn_state.h"

#include <string.h>
#include <testkit/testkit.h>

/* What may happen, from where, and what comes of it; all else may not. */
static const struct {
	enum txn_state state;
	enum txn_event event;
	enum txn_state next;
} ALLOWED[] = {
	{TXN_NEW, TXN_MADE, TXN_READY},
	{TXN_ABORTED, TXN_MADE, TXN_READY},
	{TXN_RECREATED, TXN_MADE, TXN_READY},
	{TXN_READY, TXN_BEGUN, TXN_OPEN},
	{TXN_READY, TXN_WORN, TXN_NEW},
	{TXN_OPEN, TXN_ASKED, TXN_COMMITTING},
	{TXN_OPEN, TXN_CLOSED, TXN_READY},
	{TXN_OPEN, TXN_UNDONE, TXN_ABORTED},
	{TXN_OPEN, TXN_LOST, TXN_RECREATED},
	{TXN_COMMITTING, TXN_COMMITTED, TXN_READY},
	{TXN_COMMITTING, TXN_WORN, TXN_NEW},
	{TXN_COMMITTING, TXN_UNDONE, TXN_ABORTED},
	{TXN_COMMITTING, TXN_LOST, TXN_RECREATED},
};

static enum txn_state expected(enum txn_state state, enum txn_event event)
{
	/* Fenced is for good, and possible at any time. */
	if (event == TXN_OUSTED)
		return TXN_FENCED;
	for (size_t i = 0; i < sizeof(ALLOWED) / sizeof(ALLOWED[0]); i++) {
		if (ALLOWED[i].state == state && ALLOWED[i].event == event)
			return ALLOWED[i].next;
	}
	return TXN_STATES;
}

TEST(every_state_answers_every_event_as_written_down)
{
	for (int state = 0; state < TXN_STATES; state++) {
		for (int event = 0; event < TXN_EVENTS; event++)
			expect_int(txn_next((enum txn_state)state, (enum txn_event)event),
				expected((enum txn_state)state, (enum txn_event)event));
	}
}

TEST(every_state_can_be_reached_and_named)
{
	bool reached[TXN_STATES] = {[TXN_NEW] = true};

	for (int round = 0; round < TXN_STATES; round++) {
		for (int state = 0; state < TXN_STATES; state++) {
			for (int event = 0; reached[state] && event < TXN_EVENTS; event++) {
				enum txn_state next =
					txn_next((enum txn_state)state, (enum txn_event)event);

				if (next != TXN_STATES)
					reached[next] = true;
			}
		}
	}
	for (int state = 0; state < TXN_STATES; state++) {
		expect(reached[state]);
		expect(strlen(txn_state_name((enum txn_state)state)) > 0);
	}
}

TEST(nothing_leaves_fenced)
{
	for (int event = 0; event < TXN_EVENTS; event++) {
		enum txn_state next = txn_next(TXN_FENCED, (enum txn_event)event);

		expect(next == TXN_FENCED || next == TXN_STATES);
	}
}

TESTS("txn_state", TEST_CASE(every_state_answers_every_event_as_written_down),
	TEST_CASE(every_state_can_be_reached_and_named), TEST_CASE(nothing_leaves_fenced))
