#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stdbool.h>

/* Closes every descriptor from `first` on, now or, with `on_exec`, when the process execs. */
void descriptors_close(int first, bool on_exec);

#endif
