#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct process {
    pid_t pid, parent;
    unsigned long long started; /* with pid, names one process for ever */
    char state;
    bool below;
};

static DIR *proc;
static struct process *seen;
static size_t count, room;

bool tree_open(void) {
    int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || !(proc = fdopendir(fd))) return false;
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

static bool look_at(const char *pid, struct process *process) {
    char path[32], text[1024];
    snprintf(path, sizeof path, "%.16s/stat", pid);
    int fd = openat(dirfd(proc), path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return false;
    text[length] = 0;
    /* The name stands in brackets and may hold brackets, blanks and line ends itself. */
    char *rest = strrchr(text, ')');
    process->pid = (pid_t)atoi(pid);
    process->below = false;
    return rest && sscanf(rest + 1,
                          " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu",
                          &process->state, &process->parent, &process->started) == 3;
}

static int by_pid(const void *left, const void *right) {
    pid_t a = ((const struct process *)left)->pid, b = ((const struct process *)right)->pid;
    return (a > b) - (a < b);
}

/* A grandchild may be reaped by its parent, and its number given away, between the look and the signal. */
static void signal_grandchild(const struct process *process, int signal) {
    int fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    struct process now;
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)process->pid);
    if (look_at(pid, &now) && now.started == process->started) {
        if (fd < 0) kill(process->pid, signal); /* Linux before 5.3 */
        else syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
    }
    if (fd >= 0) close(fd);
}

/* Signals a process that is found to be below this one. */
static bool reach(struct process *process, int signal) {
    pid_t self = getpid();
    struct process key = {.pid = process->parent};
    struct process *parent = bsearch(&key, seen, count, sizeof *seen, by_pid);
    if (process->parent != self && !(parent && parent->below)) return false;
    process->below = true;
    /* Own children are reaped by nobody else: the number is theirs. */
    if (process->parent == self) kill(process->pid, signal);
    else signal_grandchild(process, signal);
    return true;
}

/* /proc is in the order of numbers, parents mostly before their children, so most are signalled as soon as they are seen:
 * what forks and exits all the time to escape is hit, and what fights for the processor gets less of it. Zombies are
 * signalled too, because other threads may live on when the first has ended. */
static void scan(int signal) {
    count = 0;
    rewinddir(proc);
    for (struct dirent *entry; (entry = readdir(proc));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        if (count == room) {
            struct process *more = realloc(seen, (room + 1024) * sizeof *seen);
            if (!more) break; /* the next look sees the rest */
            seen = more;
            room += 1024;
        }
        if (!look_at(entry->d_name, &seen[count])) continue;
        reach(&seen[count], signal);
        count++;
    }
    qsort(seen, count, sizeof *seen, by_pid);
}

size_t tree_signal(int signal) {
    size_t running = 0;
    scan(signal);
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < count; i++)
            if (!seen[i].below && reach(&seen[i], signal)) more = true;
    }
    for (size_t i = 0; i < count; i++)
        if (seen[i].below && !strchr("TtZX", seen[i].state)) running++;
    return running;
}

void tree_kill(unsigned round) {
    /* A fork bomb fills every place that SIGKILL frees and leaves little of the processor. Stopped processes keep their
     * places and use none of it, so a tree that stays large is stopped first. Others are not: that takes longer against
     * few that fork and exit all the time, and SIGCONT undoes it while nothing undoes SIGKILL. */
    static size_t running;
    for (int looks = 0; round >= 2 && running > 100 && looks < 64; looks++)
        if (tree_signal(SIGSTOP) == 0) break;
    running = tree_signal(SIGKILL);
}
