/*
 * rights.node: the effective ids of the calling thread, and of no other. A C library changes those of all threads, by a signal
 * to each (NPTL), and waits for those that can't take one; the kernel knows ids of threads only, so it is asked itself.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <node_api.h>

/* Elsewhere the system calls of these names take ids of 16 bits. */
_Static_assert(sizeof(long) == 8, "Linux on 64 bits");

#define UNCHANGED ((uid_t)-1)
#define GROUPS_MOST 65536

static struct {
    uid_t uid;
    gid_t gid;
    gid_t groups[GROUPS_MOST];
    int group_count;
} own;

/* What did not work, or NULL. With an effective user other than root goes every effective capability. */
static const char *become(uid_t uid, gid_t gid, size_t group_count, const gid_t *groups) {
    if (syscall(SYS_setgroups, group_count, groups) < 0) return "setgroups";
    if (syscall(SYS_setresgid, UNCHANGED, gid, UNCHANGED) < 0) return "setresgid";
    if (syscall(SYS_setresuid, UNCHANGED, uid, UNCHANGED) < 0) return "setresuid";
    errno = EPERM;
    if (syscall(SYS_getegid) != (long)gid) return "setresgid";
    return syscall(SYS_geteuid) == (long)uid ? NULL : "setresuid";
}

/* The user first: it brings back the capabilities that the rest needs. */
static const char *come_back(void) {
    if (syscall(SYS_setresuid, UNCHANGED, own.uid, UNCHANGED) < 0) return "setresuid";
    return become(own.uid, own.gid, own.group_count, own.groups);
}

/* Whoever can't come back must not go on with rights that are not its own. */
static void come_back_or_end(void) {
    const char *failed = come_back();
    if (!failed) return;
    char message[128];
    snprintf(message, sizeof message, "%s: %s, so this process has lost its own rights", failed, strerror(errno));
    napi_fatal_error("rights.node", NAPI_AUTO_LENGTH, message, NAPI_AUTO_LENGTH);
}

/* A conversion would make 0 of what is no number, and 0 is root. */
static bool id_of(napi_env env, napi_value value, uint32_t *id) {
    double number;
    if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= 0 && number < UNCHANGED)) return false;
    *id = (uint32_t)number;
    return *id == number;
}

/* lend(uid: number, gid: number, groups: Uint32Array): all of it, or an error with `code` and nothing. */
static napi_value lend(napi_env env, napi_callback_info info) {
    napi_value argument[3];
    size_t arguments = 3, group_count;
    uint32_t uid, gid;
    void *groups;
    napi_typedarray_type type;
    if (napi_get_cb_info(env, info, &arguments, argument, NULL, NULL) != napi_ok || arguments != 3 ||
        !id_of(env, argument[0], &uid) || !id_of(env, argument[1], &gid) ||
        napi_get_typedarray_info(env, argument[2], &type, &group_count, &groups, NULL, NULL) != napi_ok ||
        type != napi_uint32_array) {
        napi_throw_type_error(env, NULL, "lend: expected a uid, a gid and groups as Uint32Array");
        return NULL;
    }
    const char *failed = become(uid, gid, group_count, groups);
    if (!failed) return NULL;
    int error = errno;
    come_back_or_end();
    char message[128];
    snprintf(message, sizeof message, "%s of user %u, group %u: %s", failed, uid, gid, strerror(error));
    napi_throw_error(env, error == EPERM ? "EPERM" : error == EINVAL ? "EINVAL" : NULL, message);
    return NULL;
}

static napi_value take_back(napi_env env, napi_callback_info info) {
    (void)env, (void)info;
    come_back_or_end();
    return NULL;
}

NAPI_MODULE_INIT() {
    own.uid = geteuid();
    own.gid = getegid();
    own.group_count = getgroups(GROUPS_MOST, own.groups);
    napi_value function;
    if (own.group_count < 0 ||
        napi_create_function(env, "lend", NAPI_AUTO_LENGTH, lend, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, "lend", function) != napi_ok ||
        napi_create_function(env, "takeBack", NAPI_AUTO_LENGTH, take_back, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, "takeBack", function) != napi_ok)
        napi_throw_error(env, NULL, "rights.node could not be set up");
    return exports;
}
