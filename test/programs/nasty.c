/*
 * A program that does what it can not to be ended: nasty KIND...
 *
 *   session     a child in a session of its own
 *   orphan      a grandchild in a session of its own with an empty environment, its parent gone
 *   deaf        a child in a group of its own that ignores every signal it can
 *   secret      an orphan that nobody may look into (not dumpable)
 *   headless    a child whose first thread has ended while another one lives on
 *   stopped     a child that has stopped itself
 *   hopper      forks, execs and exits for ever, every 20 microseconds, in a new session each time
 *   bomb        forks as fast as it can, and so does every child
 *
 * Prints `ready` when all are there and then sleeps. Everything it starts runs under the name of its own file, by which a
 * test finds what is left.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;
static char *self;

static _Noreturn void sleep_for_ever(void) {
    for (;;) pause();
}

static void *second_thread(void *unused) {
    (void)unused;
    sleep_for_ever();
}

static void run_as(char *kind) {
    char *arguments[] = {self, kind, NULL}, *nothing[] = {NULL};
    execve(self, arguments, nothing);
    _exit(1);
}

static _Noreturn void hop(void) {
    setsid();
    for (;;) {
        pid_t pid = fork();
        if (pid > 0) _exit(0);
        usleep(20);
        if (pid == 0) run_as("hop");
    }
}

static _Noreturn void explode(void) {
    signal(SIGCHLD, SIG_IGN); /* frees the places of the dead at once */
    for (;;) fork();
}

static void start(char *kind) {
    int twice = strcmp(kind, "orphan") == 0 || strcmp(kind, "secret") == 0;
    if (fork() != 0) return;
    if (twice && fork() != 0) _exit(0);
    if (strcmp(kind, "deaf") == 0) {
        setpgid(0, 0);
        for (int n = 1; n < 65; n++) signal(n, SIG_IGN);
        sleep_for_ever();
    }
    if (strcmp(kind, "bomb") == 0) explode();
    setsid();
    if (strcmp(kind, "secret") == 0) prctl(PR_SET_DUMPABLE, 0);
    if (strcmp(kind, "stopped") == 0) raise(SIGSTOP);
    if (strcmp(kind, "orphan") == 0) run_as("sleep");
    if (strcmp(kind, "hopper") == 0) run_as("hop");
    if (strcmp(kind, "headless") == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, second_thread, NULL);
        syscall(SYS_exit, 0); /* of this thread only */
    }
    sleep_for_ever();
}

int main(int count, char **arguments) {
    self = arguments[0];
    if (count == 2 && strcmp(arguments[1], "hop") == 0) hop();
    if (count == 2 && strcmp(arguments[1], "sleep") == 0) sleep_for_ever();
    for (int i = 1; i < count; i++) start(arguments[i]);
    printf("ready\n");
    fflush(stdout);
    sleep_for_ever();
}
