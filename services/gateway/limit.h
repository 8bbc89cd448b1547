/*
 * So many requests a second for each client, by the generic cell rate algorithm
 * (ITU-T I.371): one time stamp for a client, no queue, no timer. Local to this
 * process and bounded in memory; needs nobody.
 *
 * Clients are told apart by a hash of their name. With more than fit, the one
 * that was quiet longest is forgotten, which gives it a full burst again.
 */
#pragma once

#include <stdint.h>

#define LIMIT_CLIENTS 4096

struct limit;

/*
 * @rate requests a second, above 0, and @burst of them at once, above 0.
 * NULL without memory.
 */
struct limit *limit_create(int64_t rate, int64_t burst);
void limit_destroy(struct limit *limit);

/* 0: go on. Else how many microseconds until a request of @client is admitted again. */
int64_t limit_take(struct limit *limit, const char *client, int64_t now_us);
