#ifndef BOOT_H
#define BOOT_H

#include "credentials.h"

#include <stdbool.h>

/* What the command line of `init boot` says. */
struct boot_options {
    char *agent[6];     /* its command line */
    char **environment; /* and all of its environment */
    bool keep_home;
    bool no_capabilities;
    char **argv; /* the entrypoint's */
    char **claimed; /* and all of its environment, where that is not init's own */
};

/* Ends the program with one line on standard error when it does not understand. */
struct boot_options boot_options(char **arguments);

#endif
