#include "random.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void random_fill(void *bytes, size_t size)
{
	/* Up to 256 bytes getrandom(2) answers in full, once the pool is ready. */
	assert(size <= 256);
	ssize_t got;
	do
		got = getrandom(bytes, size, 0);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)size) {
		fprintf(stderr, "no random bytes from the kernel: %s\n", strerror(errno));
		abort();
	}
}
