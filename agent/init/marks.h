#ifndef MARKS_H
#define MARKS_H

#include "ring.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Takes the order: what is in the pipes now belongs before mark `number`, which is above all others. */
void marks_order(uint64_t number);

/* True while that is not in the ring yet: nothing that came later may be taken before it. */
bool marks_wait(void);

/* Goes on with it as far as it goes now; `hurry` as in output_drained. `first` is the command's first process. */
void marks_pump(struct ring *ring, bool hurry, pid_t first);

#endif
