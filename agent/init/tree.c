#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct process {
    pid_t pid, parent, session;
    char state;
    unsigned long long started;
    bool below, old;
};

static DIR *proc;
static struct process *seen;
static size_t count, room;
static size_t reached; /* how many of them were signalled */

/* A fork bomb fills every place that SIGKILL frees and leaves little of the processor. Stopped processes keep their
 * places and use none of it, so beyond this many of a tree all are stopped first. Fewer are not: that takes longer
 * against some that fork and exit all the time, and SIGCONT undoes it while nothing undoes SIGKILL. */
#define CROWD 64
static size_t kill_most = SIZE_MAX;

/* Those that were there when it was last asked to remember, by number. */
static struct process *remembered;
static size_t known;

/* Where there are no subreapers (gVisor before 2023), orphans go to PID 1. Of those, the ones in the command's session are known,
 * and the ones that an earlier look saw here; only who leaves both behind before anybody looks gets away. */
static bool adopts = true;
static pid_t home;
static struct process *earlier;
static size_t earlier_count, earlier_room;

static bool newcomers_only; /* signal those that came since then, */
static pid_t spared;        /* and not this one */

/* Those of them that the look before has found ended, by number. */
static struct process *ended;
static size_t ended_count;
#define LOOKS 16 /* in which one may lag behind */

bool tree_open(void) {
    int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || !(proc = fdopendir(fd))) return false;
    adopts = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
    return adopts || errno == EINVAL;
}

bool tree_adopts(void) { return adopts; }

void tree_home(pid_t session) { home = session; }

static bool look_at(pid_t pid, struct process *process) {
    char path[32], text[1024];
    snprintf(path, sizeof path, "%d/stat", (int)pid);
    int fd = openat(dirfd(proc), path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return false;
    text[length] = 0;
    /* The name stands in brackets and may hold brackets, blanks and line ends itself. */
    char *rest = strrchr(text, ')');
    process->pid = pid;
    process->below = false;
    /* The 22nd word says when it was started: a number may be given away, but not with the same start. */
    return rest && sscanf(rest + 1,
                          " %c %d %*s %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
                          &process->state, &process->parent, &process->session, &process->started) == 4;
}

static int by_pid(const void *left, const void *right) {
    pid_t a = ((const struct process *)left)->pid, b = ((const struct process *)right)->pid;
    return (a > b) - (a < b);
}

static bool is_remembered(const struct process *process) {
    const struct process *same = known ? bsearch(process, remembered, known, sizeof *remembered, by_pid) : NULL;
    return same && same->started == process->started;
}

static bool was_below(const struct process *process) {
    const struct process *same = earlier_count ? bsearch(process, earlier, earlier_count, sizeof *earlier, by_pid) : NULL;
    return same && same->below && same->started == process->started;
}

static bool is_below(struct process *process) {
    struct process key = {.pid = process->parent};
    struct process *parent = bsearch(&key, seen, count, sizeof *seen, by_pid);
    process->old = is_remembered(process) || (parent && parent->below && parent->old);
    if (process->parent == getpid() || (parent && parent->below)) return true;
    return !adopts && ((home && process->session == home) || was_below(process));
}

static bool is_meant(const struct process *process) {
    return !newcomers_only || (!process->old && process->pid != spared);
}

/* Looks at a process and signals it when it is below this one. A grandchild may be reaped by its parent, and its number
 * given away, between the look and the signal, so what is signalled is what was held on to before the look. */
static bool reach(pid_t pid, struct process *process, int signal) {
    int held = (int)syscall(SYS_pidfd_open, pid, 0);
    bool there = look_at(pid, process);
    if (there && is_below(process)) {
        process->below = true;
        if (!is_meant(process)) signal = 0;
        else if (++reached > kill_most) signal = SIGSTOP;
        /* Own children are reaped by nobody else: their numbers stay theirs. Linux before 5.3 holds on to nothing. */
        if (!signal) {}
        else if (process->parent == getpid() || held < 0) kill(pid, signal);
        else syscall(SYS_pidfd_send_signal, held, signal, NULL, 0);
    }
    if (held >= 0) close(held);
    return there;
}

static void keep_what_was_seen(void) {
    struct process *spare = earlier;
    size_t spare_room = earlier_room;
    earlier = seen, earlier_count = count, earlier_room = room;
    seen = spare, room = spare_room;
}

/* /proc is in the order of numbers, parents mostly before their children, so most are signalled as soon as they are
 * seen: what forks and exits all the time to escape is hit, and what fights for the processor gets less of it. Zombies
 * are signalled too, because other threads may live on when the first has ended. */
static void scan(int signal) {
    if (!adopts) keep_what_was_seen();
    count = reached = 0;
    rewinddir(proc);
    for (struct dirent *entry; (entry = readdir(proc));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        if (count == room) {
            struct process *more = realloc(seen, (room + 1024) * sizeof *seen);
            if (!more) break; /* the next look sees the rest */
            seen = more;
            room += 1024;
        }
        if (reach((pid_t)atoi(entry->d_name), &seen[count], signal)) count++;
    }
    qsort(seen, count, sizeof *seen, by_pid);
}

size_t tree_signal(int signal) {
    size_t running = 0;
    scan(signal);
    /* Those that were seen before their parents. */
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < count; i++)
            if (!seen[i].below && is_below(&seen[i]) && reach(seen[i].pid, &seen[i], signal)) more = true;
    }
    for (size_t i = 0; i < count; i++)
        if (seen[i].below && is_meant(&seen[i]) && !strchr("TtZX", seen[i].state)) running++;
    return running;
}

void tree_remember(pid_t first) {
    tree_signal(0);
    known = 0;
    struct process *room_for_all = realloc(remembered, (count + 1) * sizeof *remembered);
    if (!room_for_all) return; /* everything is a newcomer then */
    remembered = room_for_all;
    for (size_t i = 0; i < count; i++)
        if (seen[i].below && seen[i].pid != first) remembered[known++] = seen[i];
}

/* Newcomers that the last look has found, and in `*lately` those that have ended since the look before. */
static size_t newcomers(size_t *lately) {
    size_t living = 0, ends = 0;
    struct process *room_for_all = malloc((count + 1) * sizeof *room_for_all);
    *lately = 0;
    for (size_t i = 0; i < count; i++) {
        if (!seen[i].below || !is_meant(&seen[i])) continue;
        if (!strchr("ZX", seen[i].state)) {
            living++;
            continue;
        }
        const struct process *same = ended_count ? bsearch(&seen[i], ended, ended_count, sizeof *ended, by_pid) : NULL;
        if (!same || same->started != seen[i].started) (*lately)++;
        if (room_for_all) room_for_all[ends++] = seen[i];
    }
    free(ended);
    ended = room_for_all;
    ended_count = ends;
    return living;
}

/* A look takes the numbers that there are, many at a time, and then goes from one to the next. Of what forks and exits all the time it
 * may find but the end of the one it took, with the next already behind it: who has ended since the look before has somebody to
 * leave. And where numbers begin anew, one may get behind a look unseen, once. So there is none when two looks in a row find
 * neither. */
size_t tree_signal_new(int signal, pid_t first) {
    size_t left = 0;
    newcomers_only = true;
    spared = first;
    ended_count = 0;
    for (int looks = 0, none = 0; looks < LOOKS && none < 2; looks++) {
        size_t lately;
        if (signal == SIGKILL) tree_kill();
        else tree_signal(signal);
        left = newcomers(&lately);
        if (left) break;
        left = lately;
        none = lately ? 0 : none + 1;
    }
    newcomers_only = false;
    return left;
}

bool tree_gone(void) {
    if (adopts) return true;
    tree_signal(0);
    for (size_t i = 0; i < count; i++)
        if (seen[i].below && !strchr("ZX", seen[i].state)) return false;
    return true;
}

void tree_kill(void) {
    kill_most = CROWD;
    tree_signal(SIGKILL);
    kill_most = SIZE_MAX;
    if (reached <= CROWD) return;
    for (int looks = 0; looks < 64; looks++)
        if (tree_signal(SIGSTOP) == 0) break;
    tree_signal(SIGKILL);
}
