#ifndef KEEP_H
#define KEEP_H

/* The verb `keep`, where no engine does it: starts a program, keeps what it says, each line with its time, and writes down how it
 * ended when nothing of it is left. Returns the program's exit code. */
int keep(char **arguments);

#endif
