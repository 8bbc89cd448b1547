#include "world.h"

const char *world_bootstrap(void)
{
	return testkit_bootstrap();
}
