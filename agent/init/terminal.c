#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41) /* Linux 4.13; not every libc knows it */
#endif

/* Some containers have a /dev of their own without the first, or with something else in its place. */
static int open_master(void) {
    const char *paths[] = {"/dev/ptmx", "/dev/pts/ptmx"};
    int unlock = 0;
    for (int i = 0; i < 2; i++) {
        int master = open(paths[i], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (master >= 0 && ioctl(master, TIOCSPTLCK, &unlock) == 0) return master;
        if (master >= 0) close(master);
    }
    if (errno == ENOSPC) errno = EAGAIN; /* so many terminals: not to be taken for a full spool */
    return -1;
}

/* By the master where that is possible: the name may mean something else in a /dev/pts that somebody mounted. */
static int open_slave(int master) {
    unsigned number;
    char path[32];
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave >= 0 || ioctl(master, TIOCGPTN, &number) < 0) return slave;
    snprintf(path, sizeof path, "/dev/pts/%u", number);
    return open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* What opens it by name, as tmux and sudo do, needs it to be the user's own. Where that is not allowed it is still of use. */
static void give(int slave, const struct credentials *to) {
    if (to->change && fchown(slave, to->uid, (gid_t)-1) < 0) {}
}

const char *terminal_open(struct terminal *terminal, struct terminal_size size, const struct credentials *credentials) {
    struct termios settings;
    terminal->master = open_master();
    if (terminal->master < 0) return "open(/dev/ptmx)";
    terminal->slave = open_slave(terminal->master);
    if (terminal->slave < 0) return "open(/dev/pts)";
    give(terminal->slave, credentials);
    /* Erasing in a line erases characters of UTF-8 and not their last byte. */
    if (tcgetattr(terminal->slave, &settings) == 0) {
        settings.c_iflag |= IUTF8;
        tcsetattr(terminal->slave, TCSANOW, &settings);
    }
    terminal_resize(terminal->master, size);
    return NULL;
}

void terminal_resize(int master, struct terminal_size size) {
    struct winsize window = {.ws_col = size.columns, .ws_row = size.rows};
    ioctl(master, TIOCSWINSZ, &window);
}

bool terminal_signal(int master, pid_t session, int signal) {
    pid_t group = 0;
    if (ioctl(master, TIOCGPGRP, &group) < 0 || group <= 0) return false;
    /* The number of a group that has gone may be somebody else's by now; while one of it lives it can't be. */
    pid_t of = getsid(group);
    if (of != session && (of >= 0 || errno != ESRCH)) return false;
    return kill(-group, signal) == 0;
}
