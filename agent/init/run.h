#ifndef RUN_H
#define RUN_H

#include "credentials.h"
#include "terminal.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the command line of `init run` says. */
struct run_options {
    const char *spool; /* --dir */
    const char *directory;
    struct credentials credentials;
    uint64_t timeout, grace, ring; /* ms, ms, bytes; a timeout of 0 is none */
    bool hold;
    bool input;                    /* what is written to a FIFO is its input, not nothing */
    struct terminal_size terminal; /* its standard streams are one of this size, unless that is 0 */
    pid_t child;                   /* a process that is there already and that it is the parent of; 0: it starts one */
    char **argv;
};

/* Ends the program with one line on standard error when it does not understand. */
struct run_options run_options(char **arguments);

/* `init run` and `init boot`, with the arguments after the verb. They return the exit code. */
int run(char **arguments);
int boot(char **arguments);

#endif
