#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static int fifo = -1, command = -1;
static char held[16384]; /* read, and not written yet */
static size_t from, to;

void input_open(int source, int target) {
    fifo = source;
    command = target;
    fcntl(command, F_SETFL, O_WRONLY | O_NONBLOCK);
}

void input_close(void) {
    if (fifo >= 0) close(fifo);
    if (command >= 0) close(command);
    fifo = command = -1;
    from = to = 0;
}

void input_watch(struct pollfd polled[2]) {
    bool waits = from < to;
    polled[0] = (struct pollfd){.fd = waits ? -1 : fifo, .events = POLLIN};
    /* Asked for nothing, it still tells that nobody can read any more. */
    polled[1] = (struct pollfd){.fd = command, .events = waits ? POLLOUT : 0};
}

static void hand_on(void) {
    ssize_t done = write(command, held + from, to - from);
    if (done > 0) from += (size_t)done;
    else if (done < 0 && errno != EAGAIN && errno != EINTR) input_close();
}

void input_pump(const struct pollfd polled[2]) {
    if (polled[0].fd >= 0 && polled[0].revents) {
        ssize_t got = read(fifo, held, sizeof held);
        from = 0;
        to = got > 0 ? (size_t)got : 0;
        if (to) hand_on();
    } else if (polled[1].fd >= 0 && polled[1].revents) {
        if (polled[1].revents & POLLOUT) hand_on();
        else input_close();
    }
}
