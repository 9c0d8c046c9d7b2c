#include "claim.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES (1 << 20)

/* All of a file that nobody but whom this runs as can have written. */
static char *read_whole(const char *path, size_t *length) {
    struct stat info;
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return NULL;
    if (fstat(fd, &info) < 0) goto failed;
    errno = EPERM;
    if (!S_ISREG(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 022)) goto failed;
    errno = EFBIG;
    if (info.st_size > MOST_BYTES) goto failed;
    if (!(text = malloc((size_t)info.st_size + 1))) goto failed;
    ssize_t got = read(fd, text, (size_t)info.st_size);
    if (got < 0) goto failed;
    close(fd);
    text[got] = 0;
    *length = (size_t)got;
    return text;
failed:
    free(text);
    close(fd);
    return NULL;
}

static bool has_name(char *const *entries, const char *entry) {
    size_t name = strcspn(entry, "=");
    for (; *entries; entries++)
        if (strncmp(*entries, entry, name) == 0 && (*entries)[name] == '=') return true;
    return false;
}

/* Own variables that the claim doesn't set, and then the claim's. */
static char **merged(char *const *claimed) {
    size_t own = 0, more = 0, count = 0;
    while (environ[own]) own++;
    while (claimed[more]) more++;
    char **all = calloc(own + more + 1, sizeof(char *));
    if (!all) return NULL;
    for (size_t i = 0; i < own; i++)
        if (!has_name(claimed, environ[i])) all[count++] = environ[i];
    memcpy(all + count, claimed, more * sizeof(char *));
    return all;
}

const char *claim_read(const char *path, struct boot_options *options) {
    size_t length = 0, count = 0;
    char *text = read_whole(path, &length);
    if (!text) return "read";
    for (size_t i = 0; i < length; i++) count += text[i] == 0;
    /* One more for the NULL between arguments and variables. */
    char **entries = calloc(count + 2, sizeof(char *));
    uint64_t arguments = 0;
    if (!entries) return free(text), "calloc";
    char *at = text;
    for (size_t i = 0; i < count; i++, at += strlen(at) + 1) entries[i] = at;
    bool whole = count >= 4 && text[length - 1] == 0 && number(entries[2], count - 3, &arguments) && arguments >= 1;
    if (!whole) return free(entries), free(text), errno = EINVAL, "parse";
    char **argv = entries + 3, **variables = argv + arguments + 1;
    memmove(variables, variables - 1, (count - 3 - arguments) * sizeof(char *));
    argv[arguments] = NULL;
    entries[count + 1] = NULL;
    char **environment = merged(variables);
    if (!environment) return free(entries), free(text), "calloc";
    options->keep_home = strcmp(entries[1], "1") == 0;
    options->argv = argv;
    options->claimed = environment;
    return NULL;
}
