/*
 * PostgreSQL's type numbers (src/include/catalog/pg_type.dat, fixed for ever)
 * and its clock's zero, 2000-01-01.
 */
#pragma once

#include <stdint.h>

enum type_oid {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_NAME = 19,
	OID_INT8 = 20,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_VARCHAR = 1043,
	OID_TIMESTAMPTZ = 1184,
	OID_UUID = 2950,
	OID_PG_LSN = 3220,
};

#define EPOCH_2000_US INT64_C(946684800000000)
