#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ms(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What a calendar shows, for records and status. */
static inline uint64_t wall_ms(void) { return clock_ms(CLOCK_REALTIME); }

/* What never jumps, for time-outs and back-off. */
static inline uint64_t steady_ms(void) { return clock_ms(CLOCK_MONOTONIC); }

#endif
