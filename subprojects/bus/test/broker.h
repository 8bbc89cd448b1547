/*
 * The broker of the test run, to be killed and started again: TESTKIT_KAFKA_PID_FILE
 * names the file with its process id, TESTKIT_KAFKA_START the command (words parted by
 * spaces) that starts it and returns. Without them the test fails.
 */
#pragma once

/* SIGKILL or SIGTERM; returns when the process is gone. */
void broker_stop(int signal);
/* SIGSTOP; what is sent from now on arrives late, all at once, after broker_thaw(). */
void broker_freeze(void);
/* SIGCONT, after @ms. */
void broker_thaw(int ms);
/* Starts it and waits until it answers. */
void broker_start(void);
