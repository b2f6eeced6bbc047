// The handler uses only lock-free atomics and mmap, a system call of its own on Linux.
#include "CMappings.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST = 4096 };

static struct {
    /// The end is set last and cleared first: a mapping is watched while it is not 0.
    _Atomic(uintptr_t) start, end;
    atomic_bool is_broken, is_taken;
} mappings[MOST];

static struct sigaction before;
static uintptr_t page_size;

bool mapping_repair(const siginfo_t *info) {
    if (!info || info->si_code <= 0) return false;  // sent by a program
    uintptr_t address = (uintptr_t)info->si_addr;
    for (int i = 0; i < MOST; i++) {
        uintptr_t end = atomic_load(&mappings[i].end), start = atomic_load(&mappings[i].start);
        if (end == 0 || address < start || address >= end) continue;
        uintptr_t page = address & ~(page_size - 1);
        // Marked first: another thread that reads zeros must find the mark.
        atomic_store(&mappings[i].is_broken, true);
        int saved = errno;
        void *zeros = mmap((void *)page, end - page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        errno = saved;
        return zeros != MAP_FAILED;
    }
    return false;
}

static void handle(int number, siginfo_t *info, void *context) {
    if (mapping_repair(info)) return;
    if (before.sa_flags & SA_SIGINFO) {
        if (before.sa_sigaction) return before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        return before.sa_handler(number);
    }
    // Returning repeats the access that failed, or the signal is sent again: now it ends the program.
    signal(SIGBUS, SIG_DFL);
    if (info && info->si_code <= 0) raise(number);
}

static void install(void) {
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
}

int mapping_watch(void *start, size_t length) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    for (int i = 0; i < MOST; i++) {
        if (atomic_exchange(&mappings[i].is_taken, true)) continue;
        atomic_store(&mappings[i].is_broken, false);
        atomic_store(&mappings[i].start, (uintptr_t)start);
        atomic_store(&mappings[i].end, (uintptr_t)start + length);
        return i;
    }
    return -1;
}

void mapping_forget(int number) {
    atomic_store(&mappings[number].end, 0);
    atomic_store(&mappings[number].is_taken, false);
}

bool mapping_is_broken(int number) { return atomic_load(&mappings[number].is_broken); }
