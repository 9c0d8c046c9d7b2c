#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_LEAST 65536
#define RING_MOST (UINT64_C(1) << 30)

/* The bounded memory of a command's output; PROTOCOL.md says how it looks from outside. */
struct ring {
    unsigned char *map;
    int file, bell;
    uint64_t limit; /* what capacity may grow to */
    uint64_t capacity, head, tail;
    uint64_t payload[3]; /* bytes so far: of both streams, of 1, of 2 */
};

enum taken {
    TAKEN,   /* one record more */
    BLOCKED, /* the holder has to read first */
    EMPTY,   /* nothing in the pipe */
    ENDED,   /* nobody can write to the pipe any more */
};

/* Makes `ring` and `bell` in the directory. NULL, or the name of the file that could not be made with errno set. */
const char *ring_open(struct ring *ring, int directory, uint64_t limit, bool hold);

/* Reads up to `*length` bytes from the pipe into a new record of stream 1 or 2 and says in `*length` how many that
 * were. Asking for no more than the pipe holds gives up no more of the past than has to be. `squeeze`: while held,
 * rather cut a record down to any room there is than wait. */
enum taken ring_take(struct ring *ring, int pipe, unsigned stream, uint64_t *length, bool squeeze);

/* Says that everything from before mark `number` is in the ring. */
void ring_mark(struct ring *ring, uint64_t number);

/* Says how many newcomers the signal just obeyed was for. */
void ring_left(struct ring *ring, uint64_t left);

/* Wakes whoever watches `bell`. */
void ring_bell(const struct ring *ring);

#endif
