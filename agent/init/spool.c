#include "spool.h"
#include "status.h"

#include <err.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Both ends of it: a FIFO without a writer would be at its end all the time. */
static int make_fifo(int directory, const char *name) {
    if (mkfifoat(directory, name, 0600) < 0) return -1;
    return openat(directory, name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
}

void spool_make(struct spool *spool, const struct run_options *options) {
    spool->directory = open(options->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spool->directory < 0) err(1, "%s", options->spool);
    const char *failed = ring_open(&spool->ring, spool->directory, options->ring, options->hold);
    if (!failed && !status_prepare(spool->directory)) failed = "status.tmp";
    if (!failed && (spool->ctl = make_fifo(spool->directory, "ctl")) < 0) failed = "ctl";
    spool->input = -1;
    if (!failed && options->input && (spool->input = make_fifo(spool->directory, "input")) < 0) failed = "input";
    if (failed) err(1, "%s/%s", options->spool, failed);
}
