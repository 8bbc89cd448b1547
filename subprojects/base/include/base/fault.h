/*
 * Faults: what went wrong that nobody below the top can mend.
 *
 * A function that can fail returns int: 0 done, negative a fault (one of enum
 * fault, raised once, with words), positive an outcome that its own header
 * names and its caller answers. A fault travels up untouched ("return r;") and
 * is logged once, by whoever owns the loop.
 *
 * The words are kept per thread until the next fault() on that thread; nothing
 * is allocated and nothing fails here.
 */
#pragma once

enum fault {
	FAULT_NONE = 0,
	FAULT_USAGE = -1,      /* the command line or a setting is wrong: exit code 2 */
	FAULT_INPUT = -2,      /* bytes or text that do not parse, or break a bound */
	FAULT_DB = -3,         /* database away or busy; the same call may work later */
	FAULT_DB_DATA = -4,    /* the database refused this data (SQLSTATE 22, 23) */
	FAULT_DB_CONFIG = -5,  /* login, missing table, wrong version: a person must act */
	FAULT_BUS = -6,        /* broker away or slow; the same call may work later */
	FAULT_BUS_CONFIG = -7, /* authorisation, missing topic, fenced: a person must act */
	FAULT_PEER = -8,       /* an HTTP peer is away, slow or talks nonsense */
	FAULT_SYSTEM = -9,     /* an operating-system call failed */
	FAULT_LIMIT = -10,     /* a queue, buffer or table is at its _max */
	FAULT_STATE = -11,     /* refused: going on would lose or double something */
	/* COMMIT was sent and its answer was lost: it is done or it is not. As FAULT_DB for
	 * whom an inbox or a key protects; whoever asked must not be told "nothing was done". */
	FAULT_DB_UNKNOWN = -12,
};

/* Raises @kind with words (at most 511 bytes, cut beyond). Returns @kind. */
int fault(enum fault kind, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The words of this thread's latest fault; "" if there was none. */
const char *fault_text(void);

/* "FAULT_DB" and so on; "FAULT_UNKNOWN" for anything else. */
const char *fault_name(int result);

/* What a pause and the same call again may mend: FAULT_DB, _DB_UNKNOWN, _BUS, _PEER. */
_Bool fault_is_transient(int result);
