/*
 * What kind of fault a SQLSTATE is (PostgreSQL manual, appendix A).
 */
#pragma once

#include <base/fault.h>

#define SQLSTATE_SIZE 6 /* five characters and a NUL */

/* Never FAULT_NONE. NULL or "": not from a server, so the connection: FAULT_DB. */
enum fault sqlstate_fault(const char *sqlstate);
