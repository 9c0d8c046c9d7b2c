#include "marks.h"
#include "output.h"
#include "tree.h"

static uint64_t wanted, newest; /* 0: none */

void marks_order(uint64_t number) {
    if (number <= newest) return; /* asked for again */
    wanted = newest = number;
    output_mark();
}

bool marks_wait(void) { return wanted != 0; }

void marks_pump(struct ring *ring, bool hurry, pid_t first) {
    if (!wanted || !output_drained(ring, hurry)) return;
    tree_remember(first);
    ring_mark(ring, wanted);
    wanted = 0;
}
