#include "keep.h"
#include "launch.h"
#include "run.h"

#include <err.h>
#include <fcntl.h>
#include <string.h>

int main(int count, char **arguments) {
    /* Started with a standard stream closed, the next file opened would become it. */
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR); /* becomes fd, the lowest that is free */
    if (count > 1 && strcmp(arguments[1], "boot") == 0) return boot(arguments + 2);
    if (count > 1 && strcmp(arguments[1], "run") == 0) return run(arguments + 2);
    if (count > 1 && strcmp(arguments[1], "keep") == 0) return keep(arguments + 2);
    if (count == 2 && strcmp(arguments[1], "launch") == 0) return launch();
    errx(1, "expected the verb boot, run, keep or launch");
}
