#include "lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool lines_read(struct lines *lines, int fd) {
    memmove(lines->text, lines->text + lines->used, lines->length - lines->used);
    lines->length -= lines->used;
    lines->used = 0;
    if (lines->length == sizeof lines->text) {
        lines->length = 0;
        lines->overlong = true;
    }
    ssize_t got = read(fd, lines->text + lines->length, sizeof lines->text - lines->length);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    lines->length += (size_t)got;
    return got > 0;
}

char *lines_next(struct lines *lines) {
    for (;;) {
        char *line = lines->text + lines->used;
        char *end = memchr(line, '\n', lines->length - lines->used);
        if (!end) return NULL;
        *end = 0;
        lines->used = (size_t)(end + 1 - lines->text);
        /* A line with a NUL in it would look like a shorter, valid one. */
        bool whole = !lines->overlong && strlen(line) == (size_t)(end - line);
        lines->overlong = false;
        if (whole) return line;
    }
}
