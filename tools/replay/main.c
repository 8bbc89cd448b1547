/*
 * replay: lets a group read again what it has read before. See README.md.
 */
#include "dlq.h"
#include "offsets.h"

#include <base/log.h>
#include <string.h>

int main(int argc, char **argv)
{
	log_init("replay", LOG_ERROR);
	if (argc > 1 && strcmp(argv[1], "dlq") == 0)
		return dlq_main(argc - 1, argv + 1);
	return offsets_main(argc, argv);
}
