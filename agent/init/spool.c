#include "spool.h"
#include "status.h"

#include <err.h>
#include <fcntl.h>
#include <sys/stat.h>

void spool_make(struct spool *spool, const struct run_options *options) {
    spool->directory = open(options->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spool->directory < 0) err(1, "%s", options->spool);
    const char *failed = ring_open(&spool->ring, spool->directory, options->ring, options->hold);
    if (!failed && !status_prepare(spool->directory)) failed = "status.tmp";
    if (!failed) {
        failed = "ctl";
        /* Both ends of it: a FIFO without a writer would be at its end all the time. */
        if (mkfifoat(spool->directory, "ctl", 0600) == 0) {
            spool->ctl = openat(spool->directory, "ctl", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
            if (spool->ctl >= 0) failed = NULL;
        }
    }
    if (failed) err(1, "%s/%s", options->spool, failed);
}
