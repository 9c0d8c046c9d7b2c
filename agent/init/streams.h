#ifndef STREAMS_H
#define STREAMS_H

#include "run.h"

/* The standard streams of a command, as its runner has them: pipes, or one terminal for all three. */
struct streams {
    int child[3]; /* what the command gets */
    int master;   /* of the terminal; -1: there is none */
};

/* Makes them, and what runs between them, the FIFO of its input and the ring. NULL, or the name of the call that failed with
 * errno set. `fifo` is -1 when its input is empty, and closed with the input. */
const char *streams_open(struct streams *streams, const struct run_options *options, int fifo);

/* The command has been forked: what it got is its own now. The terminal stays open until it ends, or the terminal would be
 * at its end whenever no program has it open for a moment. */
void streams_forked(struct streams *streams);

/* The command has ended. */
void streams_ended(struct streams *streams);

#endif
