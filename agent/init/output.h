#ifndef OUTPUT_H
#define OUTPUT_H

#include "ring.h"

#include <poll.h>
#include <stdbool.h>

/* The reading ends of a command's standard output and error, on their way into the ring. */
void output_open(int out, int errors);

/* The same of a terminal: its master, which is the one stream there is. */
void output_open_terminal(int master);

/* Says what to poll for: nothing of a pipe that has ended, nothing at all while the holder has to read first (or when
 * not `wanted`), or the runner would be woken without pause. */
void output_watch(struct pollfd polled[2], bool wanted);

/* Takes one record from each pipe that poll found ready: in turns, so that the two streams stay as close to the order
 * in which they were written as two pipes allow. */
void output_pump(struct ring *ring, const struct pollfd polled[2]);

/* The holder has moved. */
void output_unblock(void);

/* Remembers how much the pipes hold now; output_drained moves just that. False while the holder has to read first. In a
 * `hurry` nobody is waited for: what does not fit is lost. */
void output_mark(void);
bool output_drained(struct ring *ring, bool hurry);

#endif
