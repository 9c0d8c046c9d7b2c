#include "ring.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the ring's fields are little-endian and written as they are in memory"
#endif

#define HEADER 4096
#define RECORD 32
#define PAYLOAD_MOST (128 * 1024)
#define SENSIBLE 4096 /* while held, waiting is better than a record shorter than this */
#define NOBODY UINT64_MAX

enum field { MAGIC, CAPACITY, HEAD, TAIL, STDOUT, STDERR, WANT, HOLD, MARK, MARKED_AT, COUNTS, LEFT };

static _Atomic uint64_t *field(const struct ring *ring, enum field which) {
    return (_Atomic uint64_t *)(void *)ring->map + which;
}

/* Announces what was written before. */
static void announce(struct ring *ring, enum field which, uint64_t value) {
    atomic_store_explicit(field(ring, which), value, memory_order_release);
}

/* Makes the file longer and takes the memory for it now: a page that turns out to be missing when it is written to
 * through the mapping kills with SIGBUS. False when there is no room. */
static bool grow(struct ring *ring, uint64_t capacity) {
    off_t from = ring->capacity ? (off_t)(HEADER + ring->capacity) : 0;
    int error;
    do error = posix_fallocate(ring->file, from, (off_t)(HEADER + capacity) - from);
    while (error == EINTR);
    errno = error;
    if (error) return false;
    ring->capacity = capacity;
    announce(ring, CAPACITY, capacity);
    return true;
}

const char *ring_open(struct ring *ring, int directory, uint64_t limit, bool hold) {
    int how = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    *ring = (struct ring){.limit = limit};
    ring->bell = openat(directory, "bell", how, 0600);
    if (ring->bell < 0 || pwrite(ring->bell, "", 1, 0) != 1) return "bell";
    ring->file = openat(directory, "ring", how, 0600);
    if (ring->file < 0) return "ring";
    ring->map = mmap(NULL, HEADER + limit, PROT_READ | PROT_WRITE, MAP_SHARED, ring->file, 0);
    if (ring->map == MAP_FAILED) return "ring";
    /* grow() announces in the header, so the header's page has to be there first. */
    int error = posix_fallocate(ring->file, 0, HEADER);
    errno = error;
    if (error || !grow(ring, RING_LEAST)) return "ring";
    announce(ring, HOLD, hold ? 0 : NOBODY);
    memcpy(ring->map, "cubring1", 8);
    return NULL;
}

/* Copies between a record and the ring, around its end. */
static void get(const struct ring *ring, uint64_t position, void *to, size_t length) {
    unsigned char *bytes = to;
    for (size_t i = 0; i < length; i++) bytes[i] = ring->map[HEADER + (position + i) % ring->capacity];
}

static void put(struct ring *ring, uint64_t position, const void *from, size_t length) {
    const unsigned char *bytes = from;
    for (size_t i = 0; i < length; i++) ring->map[HEADER + (position + i) % ring->capacity] = bytes[i];
}

/* Gives up the oldest records until one with `*length` bytes of payload fits, or a shorter one of at least `least`
 * where the holder leaves no more room. False when not even that fits. */
static bool make_room(struct ring *ring, uint64_t *length, uint64_t least) {
    uint64_t need = RECORD + *length;
    /* In the first lap a position is its own place, whatever the capacity. */
    while (ring->head + need > ring->capacity && ring->head <= ring->capacity && ring->capacity < ring->limit) {
        uint64_t twice = ring->capacity * 2;
        if (!grow(ring, twice < ring->limit ? twice : ring->limit)) break;
    }
    uint64_t hold = atomic_load_explicit(field(ring, HOLD), memory_order_acquire);
    uint64_t tail = ring->tail;
    while (ring->head + need - tail > ring->capacity) {
        uint32_t payload;
        get(ring, tail, &payload, sizeof payload);
        if (tail + RECORD + payload > hold) {
            uint64_t free = ring->capacity - (ring->head - tail);
            if (free < RECORD + least) return false;
            *length = free - RECORD;
            break;
        }
        tail += RECORD + payload;
    }
    if (tail != ring->tail) {
        ring->tail = tail;
        announce(ring, TAIL, tail);
        /* Whoever sees a byte of what comes next in the old record's place must also see that it was given up. */
        atomic_thread_fence(memory_order_seq_cst);
    }
    return true;
}

static void finish(struct ring *ring, unsigned stream, uint64_t length) {
    struct {
        uint32_t length, stream;
        uint64_t time, position, own;
    } record = {(uint32_t)length, stream, wall_ms(), ring->payload[0], ring->payload[stream]};
    _Static_assert(sizeof record == RECORD, "a record's header has no padding");
    put(ring, ring->head, &record, RECORD);
    ring->payload[0] += length;
    ring->payload[stream] += length;
    announce(ring, stream == 1 ? STDOUT : STDERR, ring->payload[stream]);
    ring->head += RECORD + length;
    announce(ring, HEAD, ring->head);
    /* A reader sets want, then looks at head; here head is set, then want looked at: one of both sees. */
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(field(ring, WANT), memory_order_relaxed) && atomic_exchange(field(ring, WANT), 0))
        ring_bell(ring);
}

enum taken ring_take(struct ring *ring, int pipe, unsigned stream, uint64_t *moved, bool squeeze) {
    uint64_t length = *moved;
    *moved = 0;
    if (length > PAYLOAD_MOST) length = PAYLOAD_MOST;
    if (length > ring->capacity / 4) length = ring->capacity / 4;
    if (!make_room(ring, &length, squeeze ? 1 : length < SENSIBLE ? length : SENSIBLE)) return BLOCKED;

    uint64_t place = (ring->head + RECORD) % ring->capacity;
    uint64_t first = ring->capacity - place < length ? ring->capacity - place : length;
    struct iovec parts[2] = {{ring->map + HEADER + place, first}, {ring->map + HEADER, length - first}};
    ssize_t got;
    do got = readv(pipe, parts, length > first ? 2 : 1);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN) return EMPTY;
    if (got <= 0) return ENDED;
    *moved = (uint64_t)got;
    finish(ring, stream, *moved);
    return TAKEN;
}

void ring_mark(struct ring *ring, uint64_t number) {
    announce(ring, MARKED_AT, ring->payload[0]);
    announce(ring, MARK, number);
    ring_bell(ring);
}

void ring_left(struct ring *ring, uint64_t left) {
    announce(ring, LEFT, left);
    announce(ring, COUNTS, atomic_load_explicit(field(ring, COUNTS), memory_order_relaxed) + 1);
    ring_bell(ring);
}

void ring_bell(const struct ring *ring) {
    ssize_t ignored = pwrite(ring->bell, "!", 1, 0);
    (void)ignored;
}
