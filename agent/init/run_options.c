#include "number.h"
#include "ring.h"
#include "run.h"

#include <err.h>
#include <inttypes.h>
#include <string.h>

#define MS_MOST (UINT64_C(1) << 53)
#define SIZE_MOST 65535

static uint64_t whole(const char *option, const char *text, uint64_t least, uint64_t most) {
    uint64_t value;
    if (!number(text, most, &value) || value < least)
        errx(1, "run: %s: expected a number from %" PRIu64 " to %" PRIu64, option, least, most);
    return value;
}

static struct terminal_size size(const char *option, const char *text) {
    uint64_t columns, rows;
    char first[8] = "";
    size_t length = strcspn(text, "x");
    if (length < sizeof first) memcpy(first, text, length);
    if (!text[length] || !number(first, SIZE_MOST, &columns) || !number(text + length + 1, SIZE_MOST, &rows) || !columns || !rows)
        errx(1, "run: %s: expected columns and rows as 80x24", option);
    return (struct terminal_size){(unsigned short)columns, (unsigned short)rows};
}

struct run_options run_options(char **at) {
    struct run_options o = {.grace = 3000, .ring = 1 << 20};
    bool uid = false, gid = false, groups = false, starts = false;
    for (; *at && strcmp(*at, "--") != 0; at++) {
        const char *option = *at;
        /* About how a command is started. */
        if (strcmp(option, "--input") == 0 || strcmp(option, "--no-capabilities") == 0 || strcmp(option, "--cwd") == 0 ||
            strcmp(option, "--terminal") == 0 || strcmp(option, "--uid") == 0)
            starts = true;
        if (strcmp(option, "--hold") == 0) {
            o.hold = true;
            continue;
        }
        if (strcmp(option, "--input") == 0) {
            o.input = true;
            continue;
        }
        if (strcmp(option, "--no-capabilities") == 0) {
            o.credentials.no_capabilities = true;
            continue;
        }
        const char *value = *++at;
        if (!value) errx(1, "run: %s: unknown option, or its value is missing", option);
        if (strcmp(option, "--dir") == 0) o.spool = value;
        else if (strcmp(option, "--cwd") == 0) o.directory = value;
        else if (strcmp(option, "--timeout") == 0) o.timeout = whole(option, value, 0, MS_MOST);
        else if (strcmp(option, "--grace") == 0) o.grace = whole(option, value, 0, MS_MOST);
        else if (strcmp(option, "--ring") == 0) o.ring = whole(option, value, RING_LEAST, RING_MOST);
        else if (strcmp(option, "--child") == 0) o.child = (pid_t)whole(option, value, 2, INT32_MAX);
        else if (strcmp(option, "--terminal") == 0) o.terminal = size(option, value), o.input = true;
        else if (strcmp(option, "--uid") == 0) {
            if (!(uid = credentials_id(value, &o.credentials.uid))) errx(1, "run: --uid: expected a user id");
        } else if (strcmp(option, "--gid") == 0) {
            if (!(gid = credentials_id(value, &o.credentials.gid))) errx(1, "run: --gid: expected a group id");
        } else if (strcmp(option, "--groups") == 0) {
            if (!(groups = credentials_groups(value, &o.credentials)))
                errx(1, "run: --groups: expected at most %d group ids between commas, or -", GROUPS_MOST);
        } else errx(1, "run: %s: unknown option", option);
    }
    if (uid != gid || (groups && !uid)) errx(1, "run: --uid and --gid go together, --groups only with them");
    o.credentials.change = uid;
    if (!o.spool) errx(1, "run: --dir is missing");
    if (o.child && (starts || *at)) errx(1, "run: --child: it was started already, so nothing can be said about how");
    if (!o.child && (!*at || !at[1])) errx(1, "run: expected -- and a command after the options");
    o.argv = o.child ? NULL : at + 1;
    return o;
}
