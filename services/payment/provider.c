#include "provider.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *method, *refusal;
} refusals[] = {
	{"card_declined",      "card_declined"},
	{"insufficient_funds", "insufficient_funds"},
	{"gateway_error",      "gateway_error"},
};
/* clang-format on */

const char *provider_charge(const char *method)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (strcmp(refusals[i].method, method) == 0)
			return refusals[i].refusal;
	}
	return NULL;
}
