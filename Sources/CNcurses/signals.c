// Handlers call only what POSIX allows in a handler (backtrace_symbols_fd is safe once libgcc is loaded, which installing does).
#include "CNcurses.h"

#include "CMappings.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// MARK: signals that become events

static volatile sig_atomic_t watching = -1;
static const int watched[] = {SIGTERM, SIGHUP, SIGINT, SIGWINCH, SIGCONT};
enum { WATCHED = sizeof watched / sizeof watched[0] };
static struct sigaction unwatched[WATCHED];

static void note(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    if (watching >= 0 && write((int)watching, &byte, 1) < 0) { /* a full pipe is already a reason to wake */ }
    errno = saved;
}

void screen_watch_signals(int fd) {
    bool was = watching >= 0;
    watching = fd;
    for (int i = 0; i < WATCHED; i++) {
        if (fd < 0) {
            if (was) sigaction(watched[i], &unwatched[i], NULL);
            continue;
        }
        struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        sigaction(watched[i], &action, was ? NULL : &unwatched[i]);
    }
}

// MARK: crashes

static const int crashes[] = {SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE};
static const char *const crash_names[] = {"SIGILL", "SIGTRAP", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE"};
enum { CRASHES = sizeof crashes / sizeof crashes[0] };
static struct sigaction chained[CRASHES];
static volatile sig_atomic_t guarded, crashed, chains;
static int terminal_fd = -1, log_fd = -1;
static char restore_bytes[512], path[1024];
static struct termios restore_modes;
static bool has_modes, installed;
static char alternate_stack[64 * 1024];

static void say(int fd, const char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t written = write(fd, text, left);
        if (written <= 0) return;
        text += written;
        left -= (size_t)written;
    }
}

/// The end of what the program wrote to the log before it crashed: a failed precondition names its line there.
static void repeat_log(int to) {
    char tail[1200];
    off_t end = lseek(log_fd, 0, SEEK_END);
    if (end <= 0) return;
    off_t start = end > (off_t)sizeof tail ? end - (off_t)sizeof tail : 0;
    ssize_t count = pread(log_fd, tail, sizeof tail, start);
    if (count > 0 && write(to, tail, (size_t)count) < 0) return;
}

static void crash(int number, siginfo_t *info, void *context) {
    if (number == SIGBUS && mapping_repair(info)) return;
    int index = 0;
    while (index < CRASHES - 1 && crashes[index] != number) index++;
    if (!crashed) {
        crashed = 1;
        if (guarded) {
            say(terminal_fd, restore_bytes);
            if (has_modes) tcsetattr(terminal_fd, TCSANOW, &restore_modes);
        }
        int out = terminal_fd >= 0 ? terminal_fd : STDERR_FILENO;
        say(out, "amalgam: a defect in the program (");
        say(out, crash_names[index]);
        say(out, ").\n");
        if (log_fd >= 0) {
            repeat_log(out);
            say(log_fd, crash_names[index]);
            say(log_fd, "\n");
            void *frames[64];
            backtrace_symbols_fd(frames, backtrace(frames, 64), log_fd);
            say(out, "The trace is in ");
            say(out, path);
            say(out, "; please report it with what you did last.\n");
        }
    }
    if (!chains) _exit(70);
    sigaction(number, &chained[index], NULL);
    if (chained[index].sa_flags & SA_SIGINFO) {
        if (chained[index].sa_sigaction) chained[index].sa_sigaction(number, info, context);
    } else if (chained[index].sa_handler != SIG_DFL && chained[index].sa_handler != SIG_IGN) {
        chained[index].sa_handler(number);
    } else {
        raise(number);
    }
}

void screen_guard_crashes(int terminal, int log, const char *log_path, const char *restore, const struct termios *modes) {
    terminal_fd = terminal;
    log_fd = log;
    strncpy(restore_bytes, restore, sizeof restore_bytes - 1);
    strncpy(path, log_path, sizeof path - 1);
    has_modes = modes != NULL;
    if (modes) restore_modes = *modes;
    guarded = 1;
    if (installed) return;
    installed = true;
    chains = getenv("SWIFT_BACKTRACE") != NULL;
    void *warm[1];
    backtrace(warm, 1);
    stack_t stack = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
    sigaltstack(&stack, NULL);
    for (int i = 0; i < CRASHES; i++) {
        struct sigaction action = {.sa_sigaction = crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
        sigemptyset(&action.sa_mask);
        sigaction(crashes[i], &action, &chained[i]);
    }
}

void screen_unguard_crashes(void) { guarded = 0; }
