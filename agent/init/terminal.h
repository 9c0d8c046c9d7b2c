#ifndef TERMINAL_H
#define TERMINAL_H

#include "credentials.h"

#include <sys/types.h>

/* Columns and rows; both 0: no terminal is wanted. */
struct terminal_size {
    unsigned short columns, rows;
};

/* A pseudo-terminal: the side that a program takes for a terminal, and the side of whoever plays the terminal. */
struct terminal {
    int master, slave;
};

/* Makes one that belongs to the user of the credentials. NULL, or the name of the call that failed with errno set. */
const char *terminal_open(struct terminal *terminal, struct terminal_size size, const struct credentials *credentials);

/* The kernel tells the foreground group by SIGWINCH when it is another size than before. */
void terminal_resize(int master, struct terminal_size size);

/* Signals the group in the foreground, as its keys would, if that is one of the session's. False when it is none. */
bool terminal_signal(int master, pid_t session, int signal);

#endif
