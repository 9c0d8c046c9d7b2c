#ifndef SPAWN_H
#define SPAWN_H

#include "credentials.h"

#include <stdbool.h>
#include <sys/types.h>

/* A process to start, in a session of its own, with its signals as a fresh process has them and no descriptor but those
 * named here. NULL and -1 mean: as the starter has it. */
struct spawn {
    char **argv;
    char **environment;
    const char *home;      /* value of HOME */
    const char *directory; /* entered with the new credentials, so that they decide */
    const struct credentials *credentials;
    int standard[3];
    int third;             /* descriptor to become 3; -1: there is no 3 */
    bool dies_first;       /* oom_score_adj 1000 */
    bool terminal;         /* what becomes its standard input is to be its controlling terminal */
};

/* Why a process never ran. */
struct failure {
    int error;
    char call[28];
};

/* Forks; -1 with errno set when that failed. `*report` is then a descriptor for spawn_failed. */
pid_t spawn(const struct spawn *spawn, int *report);

/* Waits until the process has either exec'd or failed to, and says which. Closes `report`; -1 is of one that has. */
bool spawn_failed(int report, struct failure *failure);

#endif
