#include "spawn.h"
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A blocked or ignored signal stays so over exec: a command that can't be interrupted, or that never gets SIGPIPE. */
static void fresh_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int n = 1; n < NSIG; n++) sigaction(n, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void write_oom_score(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    /* The most there is: of 128 MiB the agent may hold half, and counts for more than many small commands with less. */
    ssize_t ignored = write(fd, "1000", 4);
    (void)ignored;
    close(fd);
}

/* The life of the child up to exec. Returns the name of the call that failed. */
static const char *become(const struct spawn *spawn) {
    setsid();
    if (spawn->terminal && ioctl(spawn->standard[0], TIOCSCTTY, 0) < 0) return "ioctl(TIOCSCTTY)";
    for (int fd = 0; fd < 3; fd++)
        if (spawn->standard[fd] >= 0 && dup2(spawn->standard[fd], fd) < 0) return "dup2";
    if (spawn->third >= 0) {
        if (spawn->third != 3 && dup2(spawn->third, 3) < 0) return "dup2";
        fcntl(3, F_SETFD, 0); /* dup2 onto itself keeps close-on-exec */
    }
    descriptors_close(spawn->third >= 0 ? 4 : 3, true); /* not now: the report is still needed */
    if (spawn->dies_first) write_oom_score();
    if (spawn->environment) environ = spawn->environment;
    if (spawn->home && setenv("HOME", spawn->home, 1) < 0) return "setenv";
    const char *failed = spawn->credentials ? credentials_apply(spawn->credentials) : NULL;
    if (failed) return failed;
    if (spawn->directory && chdir(spawn->directory) < 0) return "chdir";
    fresh_signals();
    execvp(spawn->argv[0], spawn->argv);
    return "exec";
}

pid_t spawn(const struct spawn *spawn, int *report) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    /* In the child descriptor 3 is about to be replaced: the report must not be what is replaced. */
    int write_end = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
    int error = errno;
    close(ends[1]);
    pid_t pid = write_end < 0 ? -1 : fork();
    if (pid == 0) {
        struct failure failure = {0};
        const char *call = become(spawn);
        failure.error = errno;
        strncpy(failure.call, call, sizeof failure.call - 1);
        signal(SIGPIPE, SIG_IGN);
        ssize_t ignored = write(write_end, &failure, sizeof failure);
        (void)ignored;
        _exit(127);
    }
    if (pid < 0) {
        if (write_end >= 0) error = errno;
        close(ends[0]);
    }
    if (write_end >= 0) close(write_end);
    *report = ends[0];
    errno = error;
    return pid;
}

bool spawn_failed(int report, struct failure *failure) {
    ssize_t got;
    if (report < 0) return false;
    while ((got = read(report, failure, sizeof *failure)) < 0 && errno == EINTR) {}
    close(report);
    return got == (ssize_t)sizeof *failure;
}
