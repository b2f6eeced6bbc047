// Interposed before the C library (LD_PRELOAD): counts the calls that change files below a folder, and lets one of them fail or be the process's last.
//
//   TORTURE_FOLDER  calls on files below it are counted
//   TORTURE_AT      the number of the call at which something happens; 0 counts only
//   TORTURE_DO      kill (before the call), killed (after it), stop, enospc, eio, short
//   TORTURE_FOR     how many calls fail from there on; 0 is all of them, as on a full disk
//   TORTURE_COUNT   a file that takes the number of calls, at the end of the process
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { NOTHING, KILL, KILLED, STOP, ENOSPC_, EIO_, SHORT };

static const char *folder;
static size_t folder_length;
static long at, duration;
static enum action action;
static atomic_long calls;

__attribute__((constructor)) static void begin(void) {
    folder = getenv("TORTURE_FOLDER");
    folder_length = folder ? strlen(folder) : 0;
    const char *number = getenv("TORTURE_AT"), *length = getenv("TORTURE_FOR"), *name = getenv("TORTURE_DO");
    at = number ? atol(number) : 0;
    duration = length ? atol(length) : 1;
    static const char *const names[] = {"", "kill", "killed", "stop", "enospc", "eio", "short"};
    for (int place = KILL; place <= SHORT; place++)
        if (name && strcmp(name, names[place]) == 0) action = place;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("TORTURE_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", atomic_load(&calls));
    fclose(file);
}

static int is_below(const char *path) { return folder && strncmp(path, folder, folder_length) == 0; }

static int is_ours(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

// What happens to this call: an error number, 0 for nothing, -1 for half of what was asked. `number` is its own, 0 where it is not counted.
static int fate(int counts, long *number) {
    *number = 0;
    if (!counts) return 0;
    *number = atomic_fetch_add(&calls, 1) + 1;
    if (at == 0 || *number < at) return 0;
    switch (action) {
    case KILL:
        if (*number == at) kill(getpid(), SIGKILL), pause();
        return 0;
    case STOP:
        if (*number == at) raise(SIGSTOP);
        return 0;
    case ENOSPC_:
    case EIO_:
    case SHORT:
        if (duration > 0 && *number >= at + duration) return 0;
        return action == ENOSPC_ ? ENOSPC : action == EIO_ ? EIO : -1;
    default: return 0;
    }
}

static void after(long number) {
    if (action == KILLED && number > 0 && number == at) kill(getpid(), SIGKILL), pause();
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define GUARDED(counts, call, shorter)                       \
    long number;                                             \
    int fault = fate(counts, &number);                       \
    if (fault > 0) { errno = fault; return -1; }             \
    __typeof__(call) result = fault < 0 ? (shorter) : (call); \
    int kept = errno;                                        \
    after(number);                                           \
    errno = kept;                                            \
    return result

static size_t half(size_t count) { return count > 1 ? count / 2 : count; }

ssize_t write(int descriptor, const void *bytes, size_t count) {
    REAL(write);
    GUARDED(is_ours(descriptor), real(descriptor, bytes, count), real(descriptor, bytes, half(count)));
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    REAL(pwrite);
    GUARDED(is_ours(descriptor), real(descriptor, bytes, count, offset), real(descriptor, bytes, half(count), offset));
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    REAL(pwrite64);
    GUARDED(is_ours(descriptor), real(descriptor, bytes, count, offset), real(descriptor, bytes, half(count), offset));
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    REAL(writev);
    GUARDED(is_ours(descriptor), real(descriptor, parts, count), real(descriptor, parts, 1));
}

int fsync(int descriptor) {
    REAL(fsync);
    GUARDED(is_ours(descriptor), real(descriptor), real(descriptor));
}

int fdatasync(int descriptor) {
    REAL(fdatasync);
    GUARDED(is_ours(descriptor), real(descriptor), real(descriptor));
}

int ftruncate(int descriptor, off_t length) {
    REAL(ftruncate);
    GUARDED(is_ours(descriptor), real(descriptor, length), real(descriptor, length));
}

int ftruncate64(int descriptor, off64_t length) {
    REAL(ftruncate64);
    GUARDED(is_ours(descriptor), real(descriptor, length), real(descriptor, length));
}

int rename(const char *from, const char *to) {
    REAL(rename);
    GUARDED(is_below(to), real(from, to), real(from, to));
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags) {
    REAL(renameat2);
    GUARDED(is_below(to), real(from_folder, from, to_folder, to, flags), real(from_folder, from, to_folder, to, flags));
}
