/*
 * The states of one producer of a transactor, and the only place that says which
 * follows which. Pure.
 */
#pragma once

enum txn_state {
	TXN_NEW,        /* no producer: make one */
	TXN_READY,      /* the coordinator knows us, nothing is open */
	TXN_OPEN,       /* begun */
	TXN_COMMITTING, /* the commit was asked for: its end is unknown until answered */
	TXN_ABORTED,    /* aborted, its producer given up: make another before the next begin */
	TXN_RECREATED,  /* the producer was lost, its end is unknown: as above */
	TXN_FENCED,     /* another holds the id: for good */
	TXN_STATES,
};

enum txn_event {
	TXN_MADE, /* init_transactions was answered */
	TXN_BEGUN,
	TXN_ASKED, /* commit_transaction is about to be called */
	TXN_COMMITTED,
	TXN_WORN,   /* committed, or given up while idle; the epoch is not to be used again */
	TXN_CLOSED, /* ended without a trace at the coordinator: nothing was sent */
	TXN_UNDONE, /* aborted */
	TXN_LOST,   /* fatal or unclear error */
	TXN_OUSTED, /* fenced by another */
	TXN_EVENTS,
};

/* TXN_STATES where @event cannot happen. */
enum txn_state txn_next(enum txn_state state, enum txn_event event);
const char *txn_state_name(enum txn_state state);
