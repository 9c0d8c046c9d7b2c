#include "boot.h"
#include "claim.h"
#include "clock.h"
#include "lines.h"
#include "run.h"
#include "spawn.h"
#include "tree.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct boot_options options;

static pid_t entrypoint; /* 0 until the agent says go */

/* The last signal from outside the container, as of an engine that shuts down, and when it came. */
static int told;
static uint64_t told_at;
/* What an entrypoint may take to end when it is told to. */
#define HEED_MS 60000

static char born[40]; /* what this start is told apart by from any other, as a line */

static pid_t agent; /* 0 while there is none */
static bool agent_ran;
static uint64_t agent_started, agent_due;
static int talk = -1; /* this end of the socket pair */
static struct lines heard;

/* As PID 1 simply going is enough: the kernel ends everything else. Elsewhere it has to be done. */
static _Noreturn void end(int code) {
    while (getpid() != 1) {
        pid_t pid;
        tree_kill();
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {}
        if (pid < 0) break;
        poll(NULL, 0, 1);
    }
    exit(code);
}

static void be_born(void) {
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) err(1, "getrandom");
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(born + 2 * i, 4, "%02x\n", bytes[i]);
}

/* ---- the agent ---- */

static void hang_up(void) {
    if (talk >= 0) close(talk);
    talk = -1;
}

static void start_agent(void) {
    static int nothing = -1;
    if (nothing < 0) nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    int ends[2], report;
    hang_up();
    agent_started = steady_ms();
    agent_due = agent_started + 500; /* should anything here fail */
    /* A new pair for each: half a line of the last one's, or an answer to it, must not reach this one. */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return warn("agent: socketpair");
    struct spawn child = {.argv = options.agent, .environment = options.environment,
                          .standard = {nothing, -1, -1}, .third = ends[1]};
    agent = spawn(&child, &report);
    int error = errno;
    close(ends[1]);
    if (agent < 0) {
        agent = 0;
        close(ends[0]);
        errno = error;
        return warn("agent: fork");
    }
    struct failure failure;
    agent_ran = !spawn_failed(report, &failure);
    if (!agent_ran) warnx("agent: %s: %s: %s", options.agent[0], failure.call, strerror(failure.error));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    talk = ends[0];
    memset(&heard, 0, sizeof heard);
}

static void agent_ended(int how) {
    uint64_t now = steady_ms();
    /* Later rather than at once when it can't live, or a broken one would use up a processor. */
    agent_due = now - agent_started >= 1000 ? now : now + 500;
    agent = 0;
    if (agent_ran) warnx("agent: ended with %s %d, starting it again", WIFSIGNALED(how) ? "signal" : "code",
          WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
}

/* ---- what it asks ---- */

static void answer(const char *text) {
    size_t length = strlen(text);
    /* One that reads no answers is not waited for; it sees the end of the stream instead. */
    if (send(talk, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length) hang_up();
}

static void answer_state(void) {
    char text[32] = "waiting\n";
    if (entrypoint) snprintf(text, sizeof text, "started %d\n", (int)entrypoint);
    answer(text);
}

static void go(const struct credentials *who, const char *home) {
    struct spawn child = {.argv = options.argv, .environment = options.claimed, .home = options.keep_home ? NULL : home, .credentials = who,
                          .standard = {-1, -1, -1}, .third = -1};
    struct failure failure = {.call = "fork"};
    int report;
    pid_t pid = spawn(&child, &report);
    if (pid < 0) failure.error = errno;
    if (pid >= 0 && !spawn_failed(report, &failure)) {
        entrypoint = pid;
        return answer_state();
    }
    char text[256];
    snprintf(text, sizeof text, "failed %d %s: %s\n", failure.error, failure.call, strerror(failure.error));
    answer(text);
    warnx("%s: %s: %s", options.argv[0], failure.call, strerror(failure.error));
    end(failure.error == ENOENT ? 127 : 126);
}

static void claim(const char *path) {
    char text[256];
    if (entrypoint) return answer_state();
    const char *failed = claim_read(path, &options);
    if (!failed) return answer("claimed\n");
    snprintf(text, sizeof text, "failed %d %s: %s\n", errno, failed, strerror(errno));
    answer(text);
}

static void obey(char *line) {
    static struct credentials who;
    char *word[4], *rest = line;
    if (strcmp(line, "status") == 0) return answer_state();
    if (strcmp(line, "born") == 0) return answer(born);
    if (strncmp(line, "claim /", 7) == 0) return claim(line + 6);
    bool understood = strncmp(line, "go ", 3) == 0;
    for (int i = 0; i < 4; i++) word[i] = strsep(&rest, " ");
    if (!understood || !rest || !*rest || !credentials_id(word[1], &who.uid) || !credentials_id(word[2], &who.gid) ||
        !credentials_groups(word[3], &who))
        return answer("invalid expected: status, or: born, or: claim PATH, or: go UID GID GROUPS HOME\n");
    if (entrypoint) return answer_state();
    who.change = true;
    who.no_capabilities = options.no_capabilities;
    go(&who, rest);
}

/* ---- PID 1 ---- */

/*
 * What was told to end says so by its code, whatever the entrypoint made of that. A code that looks like it and is the entrypoint's own is
 * owned up to in the log; without that word it was init that was ended. It must not wait for a log that nobody reads.
 */
static _Noreturn void entrypoint_ended(int how) {
    int code = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
    if (told && steady_ms() - told_at < HEED_MS) end(128 + told);
    struct pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (code > 128 && poll(&log, 1, 1000) == 1 && log.revents & POLLOUT)
        warnx("entrypoint: ended by itself with %s %d", WIFSIGNALED(how) ? "signal" : "code",
              WIFSIGNALED(how) ? WTERMSIG(how) : code);
    end(code);
}

static void reap(void) {
    int how;
    pid_t pid;
    while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
        if (pid == entrypoint) entrypoint_ended(how);
        if (pid == agent) agent_ended(how);
    }
}

static void receive(int signals) {
    struct signalfd_siginfo one;
    while (read(signals, &one, sizeof one) == (ssize_t)sizeof one) {
        int n = (int)one.ssi_signo;
        /* What the kernel sends for an own mistake, such as SIGPIPE, names this process as the sender. */
        if (n == SIGCHLD || one.ssi_pid == (uint32_t)getpid()) continue;
        /* Who isn't in this namespace of processes has no number here. Elsewhere than in a container all have. */
        if (one.ssi_pid == 0 && one.ssi_code == SI_USER && getpid() == 1) {
            told = n;
            told_at = steady_ms();
        }
        if (entrypoint) kill(entrypoint, n);
        else if (n == SIGTERM || n == SIGINT) end(128 + n);
    }
}

int boot(char **arguments) {
    options = boot_options(arguments);
    be_born();
    sigset_t all;
    memset(&all, 0xff, sizeof all); /* sigfillset leaves out what a libc keeps for itself, with musl SIGRTMIN */
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_DFL); /* inherited as ignored, it would reap by itself and lose the exit code */
    int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) err(1, "signalfd");
    if (getpid() != 1 && !tree_open()) err(1, "/proc");
    for (;;) {
        reap();
        if (!agent && steady_ms() >= agent_due) start_agent();
        struct pollfd sources[2] = {{.fd = signals, .events = POLLIN}, {.fd = talk, .events = POLLIN}};
        uint64_t now = steady_ms();
        if (poll(sources, 2, agent ? -1 : agent_due > now ? (int)(agent_due - now) : 0) < 0) continue;
        if (sources[0].revents) receive(signals);
        if (!sources[1].revents) continue;
        bool open = lines_read(&heard, talk);
        for (char *line; talk >= 0 && (line = lines_next(&heard));) obey(line);
        if (!open) hang_up();
    }
}
