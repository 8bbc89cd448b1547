#include "world.h"

const char *world_bootstrap(void)
{
	return testkit_bootstrap();
}

int world_quiet_ms(int quiet_ms)
{
	return quiet_ms;
}
