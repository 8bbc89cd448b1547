/*
 * A store_result is libpq's PGresult under a name of ours.
 */
#pragma once

#include <libpq-fe.h>
#include <store/store.h>

static inline struct store_result *result_wrap(PGresult *result)
{
	return (struct store_result *)result;
}

static inline PGresult *result_unwrap(const struct store_result *result)
{
	return (PGresult *)(uintptr_t)result;
}
