#pragma once
// What Swift cannot see of ncurses (macros, variadics, shared globals), and the handlers that may not run Swift code.

#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <termios.h>
#include <wchar.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: the screen (curses.c)

enum screen_attribute { SCREEN_BOLD = 1, SCREEN_DIM = 2, SCREEN_ITALIC = 4, SCREEN_UNDERLINE = 8, SCREEN_REVERSE = 16 };

/// Keys of ncurses under names of our own; SCREEN_KEY_FUNCTION + n is a function key.
enum screen_key {
    SCREEN_KEY_UP = 0x10001, SCREEN_KEY_DOWN, SCREEN_KEY_LEFT, SCREEN_KEY_RIGHT, SCREEN_KEY_HOME, SCREEN_KEY_END, SCREEN_KEY_PAGE_UP,
    SCREEN_KEY_PAGE_DOWN, SCREEN_KEY_INSERT, SCREEN_KEY_DELETE, SCREEN_KEY_BACKSPACE, SCREEN_KEY_ENTER, SCREEN_KEY_BACK_TAB,
    SCREEN_KEY_SHIFT_UP, SCREEN_KEY_SHIFT_DOWN, SCREEN_KEY_SHIFT_LEFT, SCREEN_KEY_SHIFT_RIGHT, SCREEN_KEY_MOUSE, SCREEN_KEY_PASTE_BEGIN,
    SCREEN_KEY_PASTE_END, SCREEN_KEY_OTHER, SCREEN_KEY_FUNCTION = 0x10100
};

/// What setupterm says: 1 known, 0 too generic, −1 no database. `colours` and `moves` are filled where it is known.
int screen_probe(const char *term, int fd, int *colours, bool *moves);
/// NULL where the terminal cannot be opened.
SCREEN *screen_open(const char *term, FILE *out, FILE *in, bool colour);
void screen_size(int *columns, int *rows);
bool screen_has_colours(void);
/// The pair for two colours (−1 the terminal's own), 0 where there is none. Never asks a terminal without colours: that crashes ncurses 6.4.
int screen_pair(int foreground, int background);
/// Puts one character with its combining marks.
void screen_put(int row, int column, const wchar_t *characters, uint8_t attributes, int pair);
/// The next byte or SCREEN_KEY_…, −1 when there is nothing to read.
int screen_read(void);
void screen_flush(int row, int column, bool caret);
void screen_resize(int columns, int rows);
/// The capability as a string without padding, NULL where there is none.
char *screen_capability(const char *name);

extern const char *const screen_direct_terminfo;

// MARK: signals and crashes (signals.c)

/// Writes the number of each of SIGTERM, SIGHUP, SIGINT, SIGWINCH, SIGCONT into `fd`; fd < 0 takes the handlers away again.
void screen_watch_signals(int fd);
/// Prepares for SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE: restores the terminal, writes the trace into the log, names it, ends with status 70
/// (or lets Swift's own backtracer go on, where SWIFT_BACKTRACE is set).
void screen_guard_crashes(int terminal, int log, const char *log_path, const char *restore, const struct termios *modes);
/// After this a crash leaves the terminal alone: it has been restored already.
void screen_unguard_crashes(void);

#ifdef __cplusplus
}
#endif
