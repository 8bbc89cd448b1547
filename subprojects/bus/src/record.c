#include "record.h"

#include <string.h>

/* A batch's header (61 bytes) and a record's own lengths, rounded up. */
#define BATCH_OVERHEAD 128
#define HEADER_OVERHEAD 10

size_t record_size(const struct bus_record *record)
{
	size_t size = BATCH_OVERHEAD + record->key_size + record->value_size;

	for (size_t i = 0; i < record->header_count; i++)
		size += HEADER_OVERHEAD + strlen(record->headers[i].name) + record->headers[i].size;
	return size;
}
