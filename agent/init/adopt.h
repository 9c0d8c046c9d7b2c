#ifndef ADOPT_H
#define ADOPT_H

#include "streams.h"

#include <sys/types.h>

/* Where the starter of a child has put the ends to read of the pipes that are the child's standard output and error. */
enum { ADOPTED_OUT = 3, ADOPTED_ERRORS = 4, ADOPTED_FDS };

/* Takes over a child that another program had before it became this one. NULL, or the name of the call that failed with errno set. */
const char *adopt(struct streams *streams, pid_t child);

#endif
