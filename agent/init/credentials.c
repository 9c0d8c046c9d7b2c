#include "credentials.h"
#include "number.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool credentials_id(const char *text, unsigned *id) {
    uint64_t value;
    if (!number(text, UINT32_MAX - 1, &value)) return false;
    *id = (unsigned)value;
    return true;
}

bool credentials_groups(const char *text, struct credentials *credentials) {
    credentials->group_count = 0;
    if (strcmp(text, "-") == 0) return true;
    while (credentials->group_count < GROUPS_MOST) {
        char one[16];
        size_t length = strcspn(text, ",");
        if (length >= sizeof one) return false;
        memcpy(one, text, length);
        one[length] = 0;
        if (!credentials_id(one, &credentials->groups[credentials->group_count++])) return false;
        if (!text[length]) return true;
        text += length + 1;
    }
    return false;
}

/* The kernel may sort groups and keeps duplicates, so it is the sets that are compared. */
static bool groups_are(const struct credentials *want) {
    static gid_t have[65536];
    int count = getgroups(65536, have);
    if (count < 0 || (size_t)count != want->group_count) return false;
    for (int i = 0; i < count; i++) {
        size_t j = 0;
        while (j < want->group_count && want->groups[j] != have[i]) j++;
        if (j == want->group_count) return false;
    }
    return true;
}

static const char *become(const struct credentials *want) {
    /* Only root can; for anybody else "no groups" means the groups he has. Groups that are asked for are a must. */
    bool skip = geteuid() != 0 && want->group_count == 0;
    if (!skip && setgroups(want->group_count, want->groups) < 0) return "setgroups";
    if (setresgid(want->gid, want->gid, want->gid) < 0) return "setresgid";
    if (setresuid(want->uid, want->uid, want->uid) < 0) return "setresuid";
    uid_t uid[3];
    gid_t gid[3];
    getresuid(&uid[0], &uid[1], &uid[2]);
    getresgid(&gid[0], &gid[1], &gid[2]);
    errno = EPERM;
    for (int i = 0; i < 3; i++) {
        if (uid[i] != want->uid) return "setresuid";
        if (gid[i] != want->gid) return "setresgid";
    }
    return skip || groups_are(want) ? NULL : "setgroups";
}

/* True when no capability is left in the bounding set. */
static bool empty_bounding_set(void) {
    bool empty = true;
    for (unsigned long capability = 0; capability < 64; capability++) {
        int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
        if (held < 0) break; /* beyond the last one that this kernel knows */
        if (held == 1 && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) empty = false;
    }
    return empty;
}

static const char *empty_sets(void) {
    /* As in linux/capability.h, which a libc that is not the system's own does not find. */
    struct { uint32_t version; int pid; } header = {0x20080522, 0};
    struct { uint32_t effective, permitted, inheritable; } sets[2] = {{0}}, none[2] = {{0}};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &header, sets) < 0) return "capset";
    if (syscall(SYS_capget, &header, sets) < 0) return "capget";
    if (memcmp(sets, none, sizeof none) == 0) return NULL;
    errno = EPERM;
    return "capset";
}

const char *credentials_apply(const struct credentials *want) {
    /* Emptying the bounding set needs SETPCAP, which is gone after the change of user. */
    bool bounded = !want->no_capabilities || empty_bounding_set();
    if (want->change) {
        const char *failed = become(want);
        if (failed) return failed;
    }
    if (!want->no_capabilities) return NULL;
    if (!bounded) {
        /* What is left in the bounding set comes back when root execs. Nobody else gets anything from it but through
         * a file with a set-user-id bit or capabilities, and no_new_privs makes exec ignore those. */
        errno = EPERM;
        if (geteuid() == 0 || getuid() == 0) return "prctl(PR_CAPBSET_DROP)";
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return "prctl(PR_SET_NO_NEW_PRIVS)";
    }
    return empty_sets();
}
