#include "service.h"

#include "payment_sql.h"
#include "teller.h"

#include <base/clock.h>

static struct provider_config provider;
static int64_t tellers_count;

/* No call may take as long as a lease: another teller would ask about it meanwhile. */
#define LATENCY_MAX_MS ((PAYMENT_LEASE_US - US_PER_S) / US_PER_MS)

/* clang-format off */
const struct setting payment_settings[] = {
	{"payment.tellers", SETTING_NUMBER, &tellers_count, "2", 1, TELLER_COUNT_MAX, "threads that ask the provider"},
	{"provider.latency_ms", SETTING_NUMBER, &provider.latency_ms, "0", 0, LATENCY_MAX_MS, "of every answer of the simulated provider"},
	{"provider.slow_ms", SETTING_NUMBER, &provider.slow_ms, "2000", 0, LATENCY_MAX_MS, "of an answer to payment method slow"},
	{"provider.failure_permille", SETTING_NUMBER, &provider.failure_permille, "0", 0, 999, "calls of a thousand that are refused for now or not answered, half each"},
	{0},
};
/* clang-format on */

int payment_start(struct runtime *runtime, void **ret_context)
{
	static const char *const scripts[] = {sql_provider, NULL};
	static struct store_config ledger;
	struct tellers *tellers = NULL;
	int r;

	/* The provider's own line: other statements, other promises about the disk. */
	ledger = *runtime_store_config(runtime);
	ledger.application = "provider";
	ledger.scripts = scripts;
	provider.store = &ledger;
	r = tellers_start(
		&(struct teller_config){
			.store = runtime_store_config(runtime),
			.provider = provider,
			.count = tellers_count,
		},
		&tellers);
	if (r == 0)
		*ret_context = tellers;
	return r;
}

void payment_stop(void *context)
{
	tellers_stop(context);
}
