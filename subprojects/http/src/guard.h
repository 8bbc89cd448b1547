/*
 * Keeps slow clients from holding the server's threads (slowloris).
 *
 * civetweb gives each connection a thread for as long as it lives and bounds
 * single reads, not what they add up to. So every connection has a slot here that
 * says since when its thread has been waiting for bytes, and a watchdog shuts the
 * receiving side of those that wait too long: past their deadline always, past
 * GUARD_PATIENCE_MS when all threads are taken and others may be queueing. The
 * reading thread then sees the end of the stream and answers or closes; what had
 * arrived whole is still answered.
 *
 * civetweb keeps its sockets to itself; they are found by their peer's address in
 * /proc/self/fd, and only when one is to be shut. A slot is left before its socket
 * is closed, under the lock, so a number that was given anew is never shut.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_PATIENCE_MS 200
#define GUARD_TURN_MS 1000 /* after that, a full server asks a connection to make room */

struct mg_connection;
struct guard;
struct guard_slot;

/* One slot for each thread. FAULT_SYSTEM. */
int guard_create(size_t slots, struct guard **ret_guard);
void guard_destroy(struct guard *guard);
/* Where the server listens; the port tells its connections from others to the same peer. */
void guard_listen(struct guard *guard, const char *address, int port);

struct guard_slot *guard_enter(struct guard *guard, const struct mg_connection *connection);
void guard_leave(struct guard *guard, struct guard_slot *slot);

/* The thread waits for bytes of the client, at most @timeout_ms. */
void guard_wait(struct guard *guard, struct guard_slot *slot, int timeout_ms);
/* The thread waits for the client to take its reply; shut in both directions when late. */
void guard_write(struct guard *guard, struct guard_slot *slot, int timeout_ms);
/* The thread works. True when it was too late: the client was shut out. */
bool guard_work(struct guard *guard, struct guard_slot *slot);
/* Milliseconds since the wait began. */
int64_t guard_waited_ms(struct guard *guard, struct guard_slot *slot);

/* All threads are taken and this connection had its turn: close it after the reply. */
bool guard_should_yield(struct guard *guard, const struct guard_slot *slot);

/* The socket of the slot, for the thread that serves it; -1 when it is not found. */
int guard_socket(struct guard *guard, const struct guard_slot *slot);

/*
 * From now on nobody waits: clients that have sent nothing are closed at once.
 * Also wakes civetweb's accepting thread again and again, which otherwise looks at
 * its stop flag every 2 s only.
 */
void guard_stop(struct guard *guard);
