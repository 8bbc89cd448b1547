/*
 * The proof that the history is the truth: makes orders again from it and
 * compares them with what is stored. Reads only; may run beside the service.
 */
#pragma once

#include <base/uuid.h>
#include <store/store.h>

struct rebuild {
	int64_t orders, differing;
};

/*
 * All orders, or the one that @only names. Prints a line for each that differs
 * and why. A fault when the database cannot be read; FAULT_INPUT when there is no
 * such order.
 */
int order_rebuild(
	const struct store_config *config, const struct uuid *only, struct rebuild *ret_result);
