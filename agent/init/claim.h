#ifndef CLAIM_H
#define CLAIM_H

#include "boot.h"

/* Reads from a file what entrypoint there is to be in place of the one of the command line. Returns NULL, or the name of the call that
 * failed, with errno set: nothing has changed then. */
const char *claim_read(const char *path, struct boot_options *options);

#endif
