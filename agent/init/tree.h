#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Every descendant of this process. It is PID 1 or a subreaper, so whatever group, session, environment or parent a
 * descendant chose, following parents leads here.
 */

/* Becomes the subreaper and opens /proc for good: a command that mounts over it blinds nobody. False with errno set. */
bool tree_open(void);

/* False where the kernel has no subreapers: descendants may leave then, without this process being told of their end. */
bool tree_adopts(void);

/* The session of the command, by which its orphans are known where they don't come here. */
void tree_home(pid_t session);

/* With no child left, whether no descendant is. */
bool tree_gone(void);

/* Sends a signal to each descendant that one look at /proc shows. Returns how many of them were still running, that is
 * neither ended nor stopped. One look is never enough to end a tree: it may fork while it is looked at. */
size_t tree_signal(int signal);

/* Remembers every descendant of this moment, the command's first process excepted: these, and what comes of them, are no
 * newcomers from then on. Before the first time all are. */
void tree_remember(pid_t first);

/* Sends a signal, or none (0), to each newcomer but the first process. Returns how many of them have not ended, 0 only when there is
 * none: what forks and exits while it is looked at counts, though nobody may be found there. */
size_t tree_signal_new(int signal, pid_t first);

/* One round of ending it for good, to be repeated until waitpid says ECHILD. */
void tree_kill(void);

#endif
