#include "world.h"

const char *world_bootstrap(void)
{
	return "in memory";
}
