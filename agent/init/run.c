#include "run.h"
#include "adopt.h"
#include "clock.h"
#include "descriptors.h"
#include "input.h"
#include "lines.h"
#include "marks.h"
#include "number.h"
#include "output.h"
#include "spawn.h"
#include "spool.h"
#include "status.h"
#include "streams.h"
#include "terminal.h"
#include "tree.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CTL, SIGNALS, PIPES, INPUT = PIPES + 2, SOURCES = INPUT + 2 };

static struct run_options options;
static struct pollfd sources[SOURCES];
static struct spool spool;
static struct streams streams;

static pid_t command;   /* 0 once it is reaped */
static int report;      /* says whether it ever ran */
static bool whole_tree; /* it has ended when its tree is gone, not when its first process is */
static bool alone;      /* no descendant is left */
static bool reported;   /* status is written */
static struct status status = {.code = -1, .error = ""};

static enum { NOT, ASKING, FORCING } ending; /* the tree: it was asked to, SIGKILL rounds are on */
static uint64_t ask_again_at, force_at, timeout_at; /* lived ms; 0: never */
static unsigned rounds;                      /* of FORCING */

static bool draining; /* output from before the end still has to get into the ring */

/* ---- the time it has ---- */

/* Between two looks at the clock while a time limit is on. */
enum { STEP = 1000 };

/*
 * Milliseconds that this program has lived through. A frozen container's clocks go on, but its processes could do nothing: a
 * time limit that came then would end what had no chance to be done. A longer gap than two steps counts as one.
 */
static uint64_t lived_ms(void) {
    static uint64_t lived = STEP, looked;
    uint64_t now = steady_ms(), gap = looked ? now - looked : 0;
    lived += gap > 2 * STEP ? STEP : gap;
    looked = now;
    return lived;
}

/* ---- ways to end ---- */

static void because(const char *reason, bool tree) {
    if (status.reason) return;
    status.reason = reason;
    whole_tree = tree;
}

static void force(const char *reason) {
    because(reason, true);
    ending = FORCING;
    timeout_at = force_at = ask_again_at = 0;
}

static void ask_by(int signal) {
    tree_signal(signal);
    tree_signal(SIGCONT); /* a stopped process does not see the other */
}

/* A terminal hangs up: shells pay no heed to SIGTERM, editors save what they have. Who stays after that is asked as others are. */
static void ask(void) {
    because("killed", true);
    if (ending) return;
    ending = ASKING;
    uint64_t now = lived_ms();
    force_at = now + options.grace;
    if (streams.master >= 0) ask_again_at = now + options.grace / 2;
    ask_by(streams.master >= 0 ? SIGHUP : SIGTERM);
}

static void command_ended(int how) {
    static char text[128];
    struct failure failure;
    command = 0;
    streams_ended(&streams);
    timeout_at = 0; /* what it left behind has no time limit */
    if (spawn_failed(report, &failure)) {
        snprintf(text, sizeof text, "%s: %s", failure.call, strerror(failure.error));
        status.error = text;
        because("failed", false);
    } else {
        if (WIFSIGNALED(how)) status.signal = WTERMSIG(how);
        if (!status.reason && WIFEXITED(how)) status.code = WEXITSTATUS(how);
        because(WIFEXITED(how) ? "exited" : "signaled", false);
    }
    status.ended = wall_ms();
}

static void reap(void) {
    int how;
    pid_t pid;
    while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
        if (pid == command) command_ended(how);
    if (pid < 0 && errno == ECHILD && !alone) alone = tree_gone();
}

/* ---- what comes of it ---- */

/* Moves on towards the end as far as it goes now. True when nothing is left to do. */
static bool settled(void) {
    for (;;) {
        if (draining) {
            if (!output_drained(&spool.ring, ending != NOT)) return false;
            draining = false;
            if (reported) return true;
            if (whole_tree) status.ended = wall_ms();
            status.position = spool.ring.payload[0];
            status_write(spool.directory, &status);
            reported = true;
            ring_bell(&spool.ring);
        }
        if ((reported || whole_tree) ? !alone : command != 0) return false;
        draining = true;
        output_mark();
    }
}

/* ---- what wakes the runner ---- */

static void resize(const char *words) {
    uint64_t columns, rows;
    char first[8] = "";
    size_t length = strcspn(words, " ");
    if (!words[length] || length >= sizeof first || streams.master < 0) return;
    memcpy(first, words, length);
    if (!number(first, USHRT_MAX, &columns) || !number(words + length + 1, USHRT_MAX, &rows)) return;
    terminal_resize(streams.master, (struct terminal_size){(unsigned short)columns, (unsigned short)rows});
}

static void send(int signal) {
    if (streams.master >= 0 && terminal_signal(streams.master, command, signal)) return;
    /* No such group: it has not made its session yet. */
    if (kill(-command, signal) < 0) kill(command, signal);
}

static void signal_some(const char *words) {
    uint64_t signal;
    if (strncmp(words, "new ", 4) == 0) {
        if (number(words + 4, SIGRTMAX, &signal)) ring_left(&spool.ring, tree_signal_new((int)signal, command));
        return;
    }
    bool first = strncmp(words, "first ", 6) == 0;
    /* Once the command is reaped its number may name somebody else, or a group of somebody else's. */
    if (!number(words + (first ? 6 : 0), SIGRTMAX, &signal) || !signal || !command) return;
    if (first) kill(command, (int)signal);
    else send((int)signal);
}

static void obey(const char *line) {
    uint64_t value;
    if (strcmp(line, "hold") == 0) output_unblock();
    else if (strcmp(line, "kill") == 0) ask();
    else if (strcmp(line, "kill now") == 0) force("killed");
    else if (strncmp(line, "resize ", 7) == 0) resize(line + 7);
    else if (strncmp(line, "signal ", 7) == 0) signal_some(line + 7);
    else if (strncmp(line, "mark ", 5) == 0 && number(line + 5, INT64_MAX, &value) && value) marks_order(value);
}

static int next_timer(void) {
    uint64_t now = lived_ms(), until = UINT64_MAX;
    if (timeout_at) until = timeout_at;
    if (force_at && force_at < until) until = force_at;
    if (ask_again_at && ask_again_at < until) until = ask_again_at;
    if (ending == FORCING && !alone) until = now + (rounds < 100 ? 1 : 50); /* unkillable: wait with patience */
    /* Nobody tells of the end of orphans that have gone elsewhere. */
    if (!tree_adopts() && !command && !alone && now + STEP / 4 < until) until = now + STEP / 4;
    if (until == UINT64_MAX) return -1;
    return until <= now ? 0 : until - now > STEP ? STEP : (int)(until - now);
}

static void supervise(void) {
    static struct lines orders;
    struct signalfd_siginfo received;
    for (;;) {
        if (timeout_at && lived_ms() >= timeout_at) force("timeout");
        if (ask_again_at && lived_ms() >= ask_again_at) ask_again_at = 0, ask_by(SIGTERM);
        if (force_at && lived_ms() >= force_at) force("killed");
        if (ending == FORCING && !alone) tree_kill(), rounds++;
        reap();
        if (settled()) return;
        /* An end that overtakes a mark drains for both. */
        if (!draining) marks_pump(&spool.ring, ending != NOT, command);
        output_watch(sources + PIPES, !draining && !marks_wait());
        input_watch(sources + INPUT);
        if (poll(sources, SOURCES, next_timer()) < 0) continue;
        bool asked = false;
        while (sources[SIGNALS].revents && read(sources[SIGNALS].fd, &received, sizeof received) > 0)
            asked = asked || received.ssi_signo == SIGTERM;
        /* An end that came before an order is the reason. */
        reap();
        if (asked) ask();
        if (sources[CTL].revents) lines_read(&orders, sources[CTL].fd);
        for (char *line; (line = lines_next(&orders));) obey(line);
        input_pump(sources + INPUT);
        output_pump(&spool.ring, sources + PIPES);
    }
}

/* ---- the start ---- */

static void start_command(void) {
    const char *failed = streams_open(&streams, &options, spool.input);
    if (failed) err(1, "%s", failed);
    struct spawn child = {.argv = options.argv, .directory = options.directory, .credentials = &options.credentials,
                          .third = -1, .dies_first = true, .terminal = streams.master >= 0};
    memcpy(child.standard, streams.child, sizeof child.standard);
    command = spawn(&child, &report);
    if (command < 0) err(1, "fork");
    streams_forked(&streams);
}

static void adopt_command(void) {
    const char *failed = adopt(&streams, options.child);
    if (failed) err(1, "--child %d: %s", (int)options.child, failed);
    command = options.child;
    report = -1; /* it ran */
}

static void begin(void) {
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0) err(1, "/dev/null");
    status.started = wall_ms();
    if (options.child) adopt_command();
    else start_command();
    tree_home(command);
    if (options.timeout) timeout_at = lived_ms() + options.timeout;
    dprintf(STDOUT_FILENO, "ready %d\n", (int)command);
    if (chdir("/") < 0) {} /* keeps no file system busy */
    /* Whoever started this may be waiting for the end of these, and may end long before this does. */
    for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
    close(nothing);
}

int run(char **arguments) {
    options = run_options(arguments);
    sigset_t all;
    memset(&all, 0xff, sizeof all); /* sigfillset leaves out what a libc keeps for itself */
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_DFL);    /* inherited as ignored, it would reap by itself */
    setsid();                    /* signals to the starter's group are not for this */
    descriptors_close(options.child ? ADOPTED_FDS : 3, false); /* what the starter left open would stay open for as long as the command runs */
    if (!tree_open()) err(1, "/proc");
    spool_make(&spool, &options);
    sources[CTL].fd = spool.ctl;
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sources[SIGNALS].fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (sources[SIGNALS].fd < 0) err(1, "signalfd");
    sources[CTL].events = sources[SIGNALS].events = POLLIN;
    begin();
    supervise();
    return 0;
}
