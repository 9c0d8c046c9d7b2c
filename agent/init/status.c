#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define MOST 1024

static int file;

bool status_prepare(int directory) {
    file = openat(directory, "status.tmp", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return false;
    errno = posix_fallocate(file, 0, MOST);
    return errno == 0;
}

void status_write(int directory, const struct status *status) {
    char text[MOST];
    int length = snprintf(text, sizeof text,
                          "{\"reason\":\"%s\",\"code\":%d,\"signal\":%d,\"error\":\"%s\",\"started\":%" PRIu64
                          ",\"ended\":%" PRIu64 ",\"position\":%" PRIu64 "}\n",
                          status->reason, status->code, status->signal, status->error, status->started,
                          status->ended, status->position);
    if (pwrite(file, text, (size_t)length, 0) == length && ftruncate(file, length) == 0)
        renameat(directory, "status.tmp", directory, "status");
    close(file);
}
