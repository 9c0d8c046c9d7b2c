#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define GROUPS_MOST 1024

/* Who a process is to be. Zeroed means: whoever starts it. */
struct credentials {
    bool change; /* uid, gid and groups are meant */
    uid_t uid;
    gid_t gid;
    size_t group_count;
    gid_t groups[GROUPS_MOST];
    bool no_capabilities;
};

/* Each reads one value strictly: an id from 0 to 2^32-2 (the last one means "unchanged" to the kernel), ids between
 * commas, or `-` for no groups. False when it is anything else. */
bool credentials_id(const char *text, unsigned *id);
bool credentials_groups(const char *text, struct credentials *credentials);

/* Makes the calling process become that. NULL, or the name of the call that failed with errno set. */
const char *credentials_apply(const struct credentials *credentials);

#endif
