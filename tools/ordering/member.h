/*
 * A consumer as a process of its own, so that it can be killed and put to sleep as real
 * ones are. The tool starts itself with "member" as the first argument (members.c).
 *
 * It says on its standard output, a line each:
 *
 *   assigned 1                           it has so many partitions now
 *   applied 123456789 2 0 7              µs, partition, key, number: took effect
 *   refused                              its transaction was refused and undone
 */
#pragma once

enum member_how {
	MEMBER_APPLIES = 1, /* the line itself is the effect */
	MEMBER_WRITES,      /* the effect is a message to another topic, unfenced */
	MEMBER_TRANSACTS,   /* the same, and its offset, in one Kafka transaction */
};

/* Arguments behind "member", all of them: */
enum {
	MEMBER_HOW,
	MEMBER_BOOTSTRAP,
	MEMBER_OPTIONS,
	MEMBER_USER, /* its password is no argument: it is where the tool found it */
	MEMBER_CERTIFICATE,
	MEMBER_CA,
	MEMBER_TOPIC,
	MEMBER_GROUP,
	MEMBER_NUMBER, /* from 1: the owner */
	/* Stops itself after so many effects, ends after that batch; 0: never. */
	MEMBER_PAUSE_AFTER,
	MEMBER_EFFECTS, /* the topic of effects, or "" */
	MEMBER_ARGUMENTS,
};

/* Until SIGTERM: leaves the group cleanly. The exit code. */
int member_main(char **arguments);
