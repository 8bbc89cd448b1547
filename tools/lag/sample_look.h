/*
 * A look with one place of each kind, for the tests of what writes it down.
 */
#pragma once

#include "look.h"

/* Static. */
const struct look *sample_look(void);
