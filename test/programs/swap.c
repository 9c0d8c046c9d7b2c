/*
 * Exchanges two names again and again, for ever: swap A B. Each exchange is one step of the kernel's, and the time between two
 * is anything up to 20 ms, so that sooner or later every moment of somebody else's work is hit. Prints `ready` first.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    puts("ready");
    fflush(stdout);
    for (;;) {
        if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) != 0) {
            perror("swap");
            return 1;
        }
        usleep(rand() % 20000);
    }
}
