/*
 * What can be bought, as GET /products of the gateway tells.
 */
#pragma once

#include "plan.h"

#include <http/client.h>

/*
 * Fills plan->products with all but those in the comma-separated @except and
 * those of which the gateway has less than the plan might order. The names live
 * as long as the process. FAULT_PEER when the gateway does not answer,
 * FAULT_INPUT when it talks nonsense, FAULT_STATE when nothing is left.
 */
int catalogue_fetch(struct http_client *client, const char *except, struct plan *plan);

/* The same from the bytes of an answer. */
int catalogue_read(const char *text, size_t size, const char *except, struct plan *plan);
