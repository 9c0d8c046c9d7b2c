#include "output.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BUSY 32768 /* found waiting in a pipe, it makes the pipe wider */
#define WIDE 262144
#define TERMINAL_READ 4096   /* the most that a terminal gives at once */
#define TERMINAL_HOLDS 65536 /* more than a terminal keeps for its reader */

struct source {
    int pipe; /* -1 when nobody can write to it any more */
    bool wide;
    uint64_t marked;
};
static struct source sources[2];
static bool terminal;
static bool blocked; /* the holder has to read before more can be taken */

void output_open(int out, int errors) {
    sources[0].pipe = out;
    sources[1].pipe = errors;
    for (int i = 0; i < 2; i++) fcntl(sources[i].pipe, F_SETFL, O_NONBLOCK);
}

void output_open_terminal(int master) {
    output_open(master, -1);
    terminal = true;
}

void output_watch(struct pollfd polled[2], bool wanted) {
    for (int i = 0; i < 2; i++)
        polled[i] = (struct pollfd){.fd = blocked || !wanted ? -1 : sources[i].pipe, .events = POLLIN};
}

static uint64_t waiting(const struct source *source) {
    int bytes = 0;
    if (source->pipe >= 0) ioctl(source->pipe, FIONREAD, &bytes);
    return (uint64_t)bytes;
}

/* Takes one record of at most `most` bytes, and says how many they were. */
static enum taken take(struct ring *ring, int i, uint64_t most, bool squeeze, uint64_t *moved) {
    struct source *source = &sources[i];
    *moved = waiting(source);
    /* Only for a command that needs it: what all pipes of a user may hold together is limited, on the whole machine,
     * and beyond that limit new pipes hold next to nothing. Wider than this is not faster. */
    if (*moved >= BUSY && !source->wide && !terminal) source->wide = true, fcntl(source->pipe, F_SETPIPE_SZ, WIDE);
    /* The read finds out whether the pipe has ended. Of what a terminal keeps, a part is not counted. */
    if (*moved == 0) *moved = terminal ? TERMINAL_READ : 1;
    if (*moved > most) *moved = most;
    enum taken taken = ring_take(ring, source->pipe, (unsigned)i + 1, moved, squeeze);
    if (taken == BLOCKED) blocked = true;
    if (taken == ENDED) {
        close(source->pipe);
        source->pipe = -1;
    }
    return taken;
}

void output_pump(struct ring *ring, const struct pollfd polled[2]) {
    uint64_t moved;
    for (int i = 0; i < 2 && !blocked; i++)
        if (polled[i].revents) take(ring, i, UINT64_MAX, false, &moved);
}

void output_unblock(void) { blocked = false; }

void output_mark(void) {
    for (int i = 0; i < 2; i++) sources[i].marked = terminal ? TERMINAL_HOLDS : waiting(&sources[i]);
}

bool output_drained(struct ring *ring, bool hurry) {
    for (int i = 0; i < 2; i++)
        while (sources[i].marked > 0 && sources[i].pipe >= 0) {
            uint64_t moved;
            enum taken taken = take(ring, i, sources[i].marked, hurry, &moved);
            if (taken == BLOCKED && !hurry) return false;
            sources[i].marked = taken == TAKEN ? sources[i].marked - moved : 0;
        }
    return true;
}
