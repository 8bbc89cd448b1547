#include "sqlstate.h"

#include <stddef.h>
#include <string.h>

struct sqlstate_rule {
	const char *prefix;
	enum fault fault;
};

/*
 * The first prefix that fits decides, so exceptions stand before their class.
 * What is in no row is a person's business: retrying the unknown for ever hides it.
 */
/* clang-format off */
static const struct sqlstate_rule rules[] = {
	{"08",    FAULT_DB},        /* connection */
	{"21",    FAULT_DB_DATA},   /* cardinality: one row touched twice, a subquery gave two */
	{"22",    FAULT_DB_DATA},   /* data: out of range, bad encoding */
	{"23",    FAULT_DB_DATA},   /* integrity constraints */
	{"25",    FAULT_DB},        /* transaction state: failed, idle too long, read-only */
	{"40",    FAULT_DB},        /* rolled back: serialization, deadlock */
	{"44",    FAULT_DB_DATA},   /* WITH CHECK OPTION */
	{"53",    FAULT_DB},        /* resources: disk full, memory, too many connections */
	{"54",    FAULT_DB_DATA},   /* a limit of the server: the value is too long for its index */
	{"55006", FAULT_DB},        /* object in use: the slot has another reader */
	{"55P03", FAULT_DB},        /* lock_timeout */
	{"57P04", FAULT_DB_CONFIG}, /* the database was dropped */
	{"57",    FAULT_DB},        /* cancelled, shutting down, starting up */
	{"58P",   FAULT_DB_CONFIG}, /* a file the server needs is not there, or is there twice */
	{"58",    FAULT_DB},        /* the server's own input and output */
	{"P0",    FAULT_DB_DATA},   /* RAISE in a function or trigger */
	{"XX000", FAULT_DB},        /* internal, such as "tuple concurrently updated" */
};
/* clang-format on */

enum fault sqlstate_fault(const char *sqlstate)
{
	if (!sqlstate || !*sqlstate)
		return FAULT_DB;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strncmp(sqlstate, rules[i].prefix, strlen(rules[i].prefix)) == 0)
			return rules[i].fault;
	return FAULT_DB_CONFIG;
}
