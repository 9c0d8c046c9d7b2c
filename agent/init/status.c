#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define MOST 1024

static int file;

bool status_prepare(int directory) {
    file = openat(directory, "status.tmp", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return false;
    errno = posix_fallocate(file, 0, MOST);
    return errno == 0;
}

static uint64_t ms(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_usec / 1000;
}

void status_write(int directory, const struct status *status) {
    char text[MOST];
    struct rusage used = {0};
    getrusage(RUSAGE_CHILDREN, &used);
    int length = snprintf(text, sizeof text,
                          "{\"reason\":\"%s\",\"code\":%d,\"signal\":%d,\"error\":\"%s\",\"started\":%" PRIu64
                          ",\"ended\":%" PRIu64 ",\"position\":%" PRIu64 ",\"maxrss\":%ld,\"cpu\":%" PRIu64 "}\n",
                          status->reason, status->code, status->signal, status->error, status->started,
                          status->ended, status->position, used.ru_maxrss, ms(used.ru_utime) + ms(used.ru_stime));
    if (pwrite(file, text, (size_t)length, 0) == length && ftruncate(file, length) == 0)
        renameat(directory, "status.tmp", directory, "status");
    close(file);
}
