#include "keep.h"
#include "number.h"
#include "spawn.h"
#include "tree.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *log_path, *status_path;
static uint64_t size = 20 << 20; /* of both files of the log together */
static char **program;

static int file = -1;
static uint64_t written;
static bool inside_line;

static void options(char **at) {
    for (; *at && strcmp(*at, "--") != 0; at++) {
        const char *option = *at, *value = *++at;
        if (!value) errx(1, "keep: %s: unknown option, or its value is missing", option);
        if (strcmp(option, "--log") == 0) log_path = value;
        else if (strcmp(option, "--status") == 0) status_path = value;
        else if (strcmp(option, "--size") != 0) errx(1, "keep: %s: unknown option", option);
        else if (!number(value, UINT64_C(1) << 53, &size)) errx(1, "keep: --size: expected a number of bytes");
    }
    if (!log_path || !status_path || !*at || !at[1]) errx(1, "keep: expected --log, --status, -- and a program");
    program = at + 1;
}

/* ---- the log ---- */

static void open_log(void) {
    file = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    off_t end = file < 0 ? 0 : lseek(file, 0, SEEK_END);
    written = end > 0 ? (uint64_t)end : 0;
}

/* Two files of half the size: the last output is there just after a new one was begun, too. */
static void turn_over(void) {
    char older[4096];
    if (inside_line || written < size / 2) return;
    if (snprintf(older, sizeof older, "%s.1", log_path) >= (int)sizeof older) return;
    if (file >= 0) close(file);
    rename(log_path, older);
    open_log();
}

static void put(const char *text, size_t length) {
    /* A full disk costs lines and never stops who writes them. */
    ssize_t got = file < 0 ? -1 : write(file, text, length);
    if (got > 0) written += (uint64_t)got;
}

/* As RFC 3339 has it, with nanoseconds: the engine's own form. */
static void put_time(void) {
    struct timespec now;
    struct tm parts;
    char text[64], whole[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &parts);
    put(text, (size_t)snprintf(text, sizeof text, "%s.%09ldZ ", whole, now.tv_nsec));
}

/* True while there may be more. */
static bool take(int pipe) {
    static char bytes[65536];
    ssize_t got = read(pipe, bytes, sizeof bytes);
    if (got < 0) return errno == EINTR;
    for (char *at = bytes, *end = bytes + got; at < end;) {
        char *line_end = memchr(at, '\n', (size_t)(end - at));
        turn_over();
        if (!inside_line) put_time();
        put(at, (size_t)((line_end ? line_end + 1 : end) - at));
        inside_line = !line_end;
        at = line_end ? line_end + 1 : end;
    }
    return got > 0;
}

/* ---- its life ---- */

/* There is one who has asked, or nobody ever: whole or not at all. */
static void write_status(int code) {
    char draft[4096], text[16];
    if (snprintf(draft, sizeof draft, "%s.tmp", status_path) >= (int)sizeof draft) return;
    int to = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int length = snprintf(text, sizeof text, "%d\n", code);
    if (to >= 0 && write(to, text, (size_t)length) == length) rename(draft, status_path);
    if (to >= 0) close(to);
}

/* What is left below when the program has ended, as when it was killed, ends with it. */
static void end_all(int pipe) {
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) >= 0 || errno != ECHILD;) {
        if (pid > 0) continue;
        tree_kill();
        take(pipe);
        poll(NULL, 0, 1);
    }
    while (take(pipe)) {}
}

int keep(char **arguments) {
    options(arguments);
    sigset_t all;
    memset(&all, 0xff, sizeof all); /* sigfillset leaves out what a libc keeps for itself */
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_DFL); /* inherited as ignored, it would reap by itself and lose the exit code */
    setsid();
    if (!tree_open()) err(1, "/proc");
    open_log();
    int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK), ends[2], report;
    if (signals < 0 || pipe2(ends, O_CLOEXEC) < 0) err(1, "keep");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    struct spawn child = {.argv = program, .standard = {-1, ends[1], ends[1]}, .third = -1};
    pid_t pid = spawn(&child, &report);
    struct failure failure;
    if (pid < 0 || spawn_failed(report, &failure)) errx(126, "%s can't be started", program[0]);
    close(ends[1]);
    for (int how;;) {
        struct pollfd sources[2] = {{.fd = signals, .events = POLLIN}, {.fd = ends[0], .events = POLLIN}};
        if (poll(sources, 2, -1) < 0) continue;
        struct signalfd_siginfo one;
        while (read(signals, &one, sizeof one) == (ssize_t)sizeof one)
            if (one.ssi_signo != SIGCHLD && one.ssi_pid != (uint32_t)getpid()) kill(pid, (int)one.ssi_signo);
        if (sources[1].revents && !take(ends[0]) && sources[1].revents & POLLHUP) poll(NULL, 0, 10);
        for (pid_t ended; (ended = waitpid(-1, &how, WNOHANG)) > 0;) {
            if (ended != pid) continue;
            int code = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
            end_all(ends[0]);
            write_status(code);
            return code;
        }
    }
}
