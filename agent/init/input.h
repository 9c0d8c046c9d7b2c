#ifndef INPUT_H
#define INPUT_H

#include <poll.h>

/*
 * A command's input: what is written to the FIFO goes to the command as fast as it reads, and waits in the FIFO otherwise,
 * whose writer then finds it full. Without input_open none of this does anything.
 */

/* From the FIFO to the writing end of a pipe, or the master of a terminal; both are closed by input_close. */
void input_open(int fifo, int command);

/* Says what to poll for. */
void input_watch(struct pollfd polled[2]);

/* Moves what can be moved. */
void input_pump(const struct pollfd polled[2]);

/* The command reads no more: who writes to the FIFO is told. */
void input_close(void);

#endif
