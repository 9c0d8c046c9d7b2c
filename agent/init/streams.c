#include "streams.h"
#include "input.h"
#include "output.h"
#include "terminal.h"

#include <fcntl.h>
#include <unistd.h>

static const char *open_terminal(struct streams *streams, const struct run_options *options, int fifo) {
    struct terminal terminal;
    const char *failed = terminal_open(&terminal, options->terminal, &options->credentials);
    if (failed) return failed;
    for (int fd = 0; fd < 3; fd++) streams->child[fd] = terminal.slave;
    streams->master = terminal.master;
    int out = fcntl(terminal.master, F_DUPFD_CLOEXEC, 3), in = fcntl(terminal.master, F_DUPFD_CLOEXEC, 3);
    if (out < 0 || in < 0) return "dup";
    output_open_terminal(out);
    input_open(fifo, in);
    return NULL;
}

/* Whoever has a pipe may also open it, as /dev/stdout, when it is theirs. Where it can't be given away, all else works. */
static void give(int pipe, const struct credentials *credentials) {
    if (!credentials->change) return;
    int ignored = fchown(pipe, credentials->uid, credentials->gid);
    (void)ignored;
}

const char *streams_open(struct streams *streams, const struct run_options *options, int fifo) {
    streams->master = -1;
    if (options->terminal.columns) return open_terminal(streams, options, fifo);
    int in[2] = {-1, -1}, out[2], errors[2];
    if (fifo >= 0 && pipe2(in, O_CLOEXEC) < 0) return "pipe";
    if (fifo < 0 && (in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0) return "open(/dev/null)";
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0) return "pipe";
    streams->child[0] = in[0];
    streams->child[1] = out[1];
    streams->child[2] = errors[1];
    for (int fd = 0; fd < 3; fd++)
        if (fd || fifo >= 0) give(streams->child[fd], &options->credentials);
    output_open(out[0], errors[0]);
    if (fifo >= 0) input_open(fifo, in[1]);
    return NULL;
}

void streams_forked(struct streams *streams) {
    if (streams->master >= 0) return;
    for (int fd = 0; fd < 3; fd++) close(streams->child[fd]);
}

void streams_ended(struct streams *streams) {
    input_close();
    if (streams->master >= 0) close(streams->child[0]);
}
