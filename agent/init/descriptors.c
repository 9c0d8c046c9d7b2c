#include "descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

void descriptors_close(int first, bool on_exec) {
#ifdef SYS_close_range
    unsigned how = on_exec ? 4 : 0; /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */
    if (syscall(SYS_close_range, (unsigned)first, ~0U, how) == 0) return;
#endif
    DIR *all = opendir("/proc/self/fd");
    for (struct dirent *entry; all && (entry = readdir(all));) {
        int fd = atoi(entry->d_name);
        if (fd < first || fd == dirfd(all)) continue;
        if (on_exec) fcntl(fd, F_SETFD, FD_CLOEXEC);
        else close(fd);
    }
    if (all) closedir(all);
}
