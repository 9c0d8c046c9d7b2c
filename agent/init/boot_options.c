#include "boot.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not a --setting: everybody may read a command line. */
#define SECRET "CUBBY_TOKEN"

static char *below(const char *pack, const char *name) {
    char *path;
    if (asprintf(&path, "%s/%s", pack, name) < 0) err(1, "boot");
    return path;
}

struct boot_options boot_options(char **at) {
    struct boot_options o = {0};
    const char *pack = NULL, *token = getenv(SECRET);
    size_t settings = 0, count = 0;
    while (at[count]) count++;
    if (!(o.environment = calloc(count + 5, sizeof(char *)))) err(1, "boot");
    /* Not the image's, which may name directories that users write to. */
    o.environment[settings++] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    o.environment[settings++] = "HOME=/root";
    /* Nor its /etc/ssl/openssl.cnf, which may name code to load. */
    o.environment[settings++] = "OPENSSL_CONF=/dev/null";
    if (token && asprintf(&o.environment[settings++], SECRET "=%s", token) < 0) err(1, "boot");
    unsetenv(SECRET); /* the entrypoint gets the rest */
    for (; *at && strcmp(*at, "--") != 0; at++) {
        const char *option = *at;
        if (strcmp(option, "--keep-home") == 0) o.keep_home = true;
        else if (strcmp(option, "--no-capabilities") == 0) o.no_capabilities = true;
        else if (strcmp(option, "--pack") == 0 && at[1]) pack = *++at;
        else if (strcmp(option, "--setting") == 0 && at[1]) {
            if (!strchr(*++at, '=') || **at == '=') errx(1, "boot: --setting: expected KEY=VALUE");
            o.environment[settings++] = *at;
        } else errx(1, "boot: %s: unknown option, or its value is missing", option);
    }
    if (!pack) errx(1, "boot: --pack is missing");
    if (!*at || !at[1]) errx(1, "boot: expected -- and an entrypoint after the options");
    o.argv = at + 1;
    o.agent[0] = below(pack, "lib/ld.so");
    o.agent[1] = "--library-path";
    o.agent[2] = below(pack, "lib");
    o.agent[3] = below(pack, "bin/node");
    o.agent[4] = below(pack, "agent.cjs");
    return o;
}
