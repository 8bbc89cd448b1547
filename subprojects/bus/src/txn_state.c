#include "txn_state.h"

#include <assert.h>

/* clang-format off */
#define NEVER TXN_STATES
static const enum txn_state NEXT[TXN_STATES][TXN_EVENTS] = {
	/*                  MADE       BEGUN     ASKED           COMMITTED  WORN     CLOSED     UNDONE       LOST           OUSTED */
	[TXN_NEW]        = {TXN_READY, NEVER,    NEVER,          NEVER,     NEVER,   NEVER,     NEVER,       NEVER,         TXN_FENCED},
	[TXN_READY]      = {NEVER,     TXN_OPEN, NEVER,          NEVER,     TXN_NEW, NEVER,     NEVER,       NEVER,         TXN_FENCED},
	[TXN_OPEN]       = {NEVER,     NEVER,    TXN_COMMITTING, NEVER,     NEVER,   TXN_READY, TXN_ABORTED, TXN_RECREATED, TXN_FENCED},
	[TXN_COMMITTING] = {NEVER,     NEVER,    NEVER,          TXN_READY, TXN_NEW, NEVER,     TXN_ABORTED, TXN_RECREATED, TXN_FENCED},
	[TXN_ABORTED]    = {TXN_READY, NEVER,    NEVER,          NEVER,     NEVER,   NEVER,     NEVER,       NEVER,         TXN_FENCED},
	[TXN_RECREATED]  = {TXN_READY, NEVER,    NEVER,          NEVER,     NEVER,   NEVER,     NEVER,       NEVER,         TXN_FENCED},
	[TXN_FENCED]     = {NEVER,     NEVER,    NEVER,          NEVER,     NEVER,   NEVER,     NEVER,       NEVER,         TXN_FENCED},
};
/* clang-format on */

enum txn_state txn_next(enum txn_state state, enum txn_event event)
{
	assert(state < TXN_STATES && event < TXN_EVENTS);
	return NEXT[state][event];
}

const char *txn_state_name(enum txn_state state)
{
	static const char *const names[TXN_STATES] = {
		"new", "ready", "open", "committing", "aborted", "recreated", "fenced"};

	assert(state < TXN_STATES);
	return names[state];
}
