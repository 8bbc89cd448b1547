/*
 * What the services' databases have about one order. Reads only.
 */
#pragma once

#include "timeline.h"

enum database {
	DATABASE_ORDER,
	DATABASE_PAYMENT,
	DATABASE_INVENTORY,
	DATABASE_NOTIFICATION,
	DATABASE_ANALYTICS,
	DATABASES,
};

struct databases;

/* Also the name of its source, and of the group that reads into it. */
const char *database_name(enum database database);

/* Connects to nothing yet. @urls and @passwords must outlive it; a password may be "". */
struct databases *databases_create(
	const char *const urls[static DATABASES], const char *const passwords[static DATABASES]);
void databases_destroy(struct databases *databases);

/*
 * Adds what each database has, and says of each whether it is there: one that is away is no
 * fault. Needs no ids; the order's own row becomes the subject.
 */
void databases_read_rows(struct databases *databases, struct timeline *timeline);
/* Then, once all events are known by id: what was answered to them, and who took them. */
void databases_read_answers(struct databases *databases, struct timeline *timeline);
void databases_read_inboxes(struct databases *databases, struct timeline *timeline);
