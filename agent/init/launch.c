#include "launch.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Linux takes 2 MiB of words and variables, or a quarter of the stack's limit where that is more; exec has the last word. */
#define MOST_BYTES (16u << 20)

struct start {
    uint32_t number;
    pid_t pid;   /* 0 once it is reaped */
    int said;    /* what it writes until it is ready; -1: it is, or has said all */
    size_t length;
    char text[1024];
};

static struct start *starts;
static struct pollfd *sources; /* two of this program's own, then one for each start */
static size_t count, room;

static char *asked; /* bytes of requests that are not whole yet */
static size_t held, asked_room;

/* ---- what is told ---- */

/* Whoever asked reads, or is gone. */
static void tell(uint32_t number, const char *word, const char *text) {
    char line[1100];
    int length = snprintf(line, sizeof line, "%u %s%s%s\n", (unsigned)number, word, *text ? " " : "", text);
    for (int done = 0; done < length;) {
        ssize_t written = write(STDOUT_FILENO, line + done, (size_t)(length - done));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) exit(0);
        done += (int)written;
    }
}

static void tell_failure(struct start *start) {
    start->text[start->length] = 0;
    start->text[strcspn(start->text, "\n")] = 0;
    tell(start->number, "failed", start->length ? start->text : "its runner ended without a word");
}

/* ---- what is started ---- */

static _Noreturn void become(int said, char **argv, char **variables) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0 && dup2(nothing, 0) == 0 && dup2(said, 1) == 1 && dup2(said, 2) == 2) execve(argv[0], argv, variables);
    dprintf(said, "%s: %s\n", nothing < 0 ? "/dev/null" : argv[0], strerror(errno));
    _exit(127);
}

static struct start *add(uint32_t number) {
    if (count == room) {
        size_t more = room ? 2 * room : 16;
        struct start *wider = realloc(starts, more * sizeof *starts);
        if (wider) starts = wider;
        struct pollfd *longer = realloc(sources, (more + 2) * sizeof *sources);
        if (longer) sources = longer;
        if (!wider || !longer) return NULL;
        room = more;
    }
    starts[count] = (struct start){.number = number, .said = -1};
    return &starts[count++];
}

static void begin(uint32_t number, char **argv, char **variables) {
    int ends[2];
    struct start *start = add(number);
    if (!start || pipe2(ends, O_CLOEXEC) < 0) {
        if (start) count--;
        return tell(number, "failed", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) become(ends[1], argv, variables);
    int error = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        count--;
        return tell(number, "failed", strerror(error));
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    start->pid = pid;
    start->said = ends[0];
}

/* True when it is told of to the end. */
static bool is_over(const struct start *start) { return start->pid == 0 && start->said < 0; }

static void listen_to(struct start *start) {
    ssize_t got = read(start->said, start->text + start->length, sizeof start->text - 1 - start->length);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) start->length += (size_t)got;
    bool ready = start->length >= 6 && memcmp(start->text, "ready ", 6) == 0;
    if (!ready && got > 0 && start->length < sizeof start->text - 1) return;
    close(start->said);
    start->said = -1;
    if (ready) tell(start->number, "ready", "");
    else tell_failure(start);
}

static void reap(void) {
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        for (size_t i = 0; i < count; i++)
            if (starts[i].pid == pid) starts[i].pid = 0;
    for (size_t i = 0; i < count;) {
        if (!is_over(&starts[i])) {
            i++;
            continue;
        }
        tell(starts[i].number, "over", "");
        starts[i] = starts[--count];
    }
}

/* ---- what is asked ---- */

static uint32_t u32(const char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* A number, how many words, and words and variables, each with its NUL. */
static void obey(char *body, size_t length) {
    if (length < 9 || body[length - 1] != 0) errx(1, "launch: expected a number, a count and strings");
    uint32_t number = u32(body), words = u32(body + 4);
    size_t strings = 0;
    for (size_t i = 8; i < length; i++) strings += body[i] == 0;
    if (words < 1 || words > strings) errx(1, "launch: expected as many words as it says");
    /* A NULL after the words and one at the end. */
    char **list = calloc(strings + 2, sizeof *list);
    if (!list) return tell(number, "failed", strerror(errno));
    char *at = body + 8;
    for (size_t i = 0; i < strings; i++, at += strlen(at) + 1) list[i < words ? i : i + 1] = at;
    begin(number, list, list + words + 1);
    free(list);
}

/* False when whoever asked is gone. */
static bool ask(void) {
    if (asked_room - held < 65536) {
        char *wider = realloc(asked, asked_room + 65536);
        if (!wider) err(1, "launch");
        asked = wider;
        asked_room += 65536;
    }
    ssize_t got = read(STDIN_FILENO, asked + held, asked_room - held);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    held += (size_t)got;
    size_t used = 0;
    while (held - used >= 4) {
        size_t length = u32(asked + used);
        if (length > MOST_BYTES) errx(1, "launch: expected %u bytes at most", MOST_BYTES);
        if (held - used - 4 < length) break;
        obey(asked + used + 4, length);
        used += 4 + length;
    }
    if (used) memmove(asked, asked + used, held -= used);
    return got > 0;
}

int launch(void) {
    sigset_t ended;
    struct signalfd_siginfo one;
    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    sigprocmask(SIG_SETMASK, &ended, NULL);
    signal(SIGCHLD, SIG_DFL); /* inherited as ignored, it would reap by itself */
    signal(SIGPIPE, SIG_IGN);
    int signals = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) err(1, "signalfd");
    if (!add(0)) err(1, "launch");
    count = 0;
    for (;;) {
        sources[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        sources[1] = (struct pollfd){.fd = signals, .events = POLLIN};
        for (size_t i = 0; i < count; i++) sources[i + 2] = (struct pollfd){.fd = starts[i].said, .events = POLLIN};
        if (poll(sources, count + 2, -1) < 0) continue;
        for (size_t i = 0; i < count; i++)
            if (sources[i + 2].revents) listen_to(&starts[i]);
        while (sources[1].revents && read(signals, &one, sizeof one) == (ssize_t)sizeof one) {}
        reap();
        if (sources[0].revents && !ask()) return 0;
    }
}
