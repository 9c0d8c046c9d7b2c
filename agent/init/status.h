#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>
#include <stdint.h>

/* How a command ended. */
struct status {
    const char *reason;
    int code;          /* -1 unless it exited by itself */
    int signal;        /* that ended its first process, or 0 */
    const char *error; /* plain text without quotes: the name of a call and the kernel's reason */
    uint64_t started, ended, position;
};

/* Makes `status.tmp` and takes the room for it, so that a full file system can't hide the end of a command. */
bool status_prepare(int directory);

/* Writes it and gives it its name. */
void status_write(int directory, const struct status *status);

#endif
