#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Lines out of a descriptor that must never block and is never trusted to end a line. Starts zeroed. */
struct lines {
    char text[16384];
    size_t length; /* bytes held */
    size_t used;   /* of them, bytes that lines_next has handed out */
    bool overlong; /* dropping the rest of a line that did not fit */
};

/* Reads what is there once. False at the end of the stream or on an error other than "nothing there". */
bool lines_read(struct lines *lines, int fd);

/* The next whole line without its end, valid until the next lines_read; NULL when there is none. */
char *lines_next(struct lines *lines);

#endif
