#ifndef SPOOL_H
#define SPOOL_H

#include "run.h"
#include "ring.h"

/* What an agent and the runner of one command share: the files of one directory. */
struct spool {
    int directory, ctl;
    int input; /* -1 when the command has none */
    struct ring ring;
};

/* Makes all of them. Ends the program with one line on standard error that names the file when one can't be made. */
void spool_make(struct spool *spool, const struct run_options *options);

#endif
