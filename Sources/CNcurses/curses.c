#include "CNcurses.h"

#include <stdlib.h>
#include <string.h>
#include <term.h>

int screen_probe(const char *term, int fd, int *colours, bool *moves) {
    int status = -1;
    if (setupterm(term, fd, &status) != OK) return status > 0 ? 0 : status;
    *colours = tigetnum("colors");
    const char *cup = tigetstr("cup");
    const char *clear = tigetstr("clear");
    *moves = cup && cup != (char *)-1 && clear && clear != (char *)-1;
    del_curterm(cur_term);
    return 1;
}

enum { OWN_KEY = 0x4000, OWN_MOUSE = OWN_KEY, OWN_PASTE_BEGIN, OWN_PASTE_END };

/// Sequences that terminals send although their description says otherwise.
static void define_keys(void) {
    static const struct { const char *sequence; int key; } keys[] = {
        {"\033[A", KEY_UP}, {"\033[B", KEY_DOWN}, {"\033[C", KEY_RIGHT}, {"\033[D", KEY_LEFT},
        {"\033OA", KEY_UP}, {"\033OB", KEY_DOWN}, {"\033OC", KEY_RIGHT}, {"\033OD", KEY_LEFT},
        {"\033[H", KEY_HOME}, {"\033[F", KEY_END}, {"\033OH", KEY_HOME}, {"\033OF", KEY_END},
        {"\033[1~", KEY_HOME}, {"\033[4~", KEY_END}, {"\033[7~", KEY_HOME}, {"\033[8~", KEY_END},
        {"\033[2~", KEY_IC}, {"\033[3~", KEY_DC}, {"\033[5~", KEY_PPAGE}, {"\033[6~", KEY_NPAGE},
        {"\033[Z", KEY_BTAB}, {"\033OP", KEY_F(1)}, {"\033[11~", KEY_F(1)}, {"\033[[A", KEY_F(1)},
        {"\033[1;2A", KEY_SR}, {"\033[1;2B", KEY_SF}, {"\033[1;2C", KEY_SRIGHT}, {"\033[1;2D", KEY_SLEFT},
        {"\033[<", OWN_MOUSE}, {"\033[200~", OWN_PASTE_BEGIN}, {"\033[201~", OWN_PASTE_END},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) define_key(keys[i].sequence, keys[i].key);
}

static bool colours_started;

SCREEN *screen_open(const char *term, FILE *out, FILE *in, bool colour) {
    SCREEN *screen = newterm(term, out, in);
    if (!screen) return NULL;
    raw();
    noecho();
    nonl();
    keypad(stdscr, true);
    nodelay(stdscr, true);
    leaveok(stdscr, false);
    set_escdelay(25);
    colours_started = false;
    if (colour && has_colors() && start_color() == OK) {
        use_default_colors();
        colours_started = true;
    }
    define_keys();
    return screen;
}

void screen_size(int *width, int *height) {
    *width = COLS;
    *height = LINES;
}

bool screen_has_colours(void) { return colours_started; }

int screen_pair(int foreground, int background) {
    if (!colours_started || foreground >= COLORS || background >= COLORS) return 0;
    int pair = alloc_pair(foreground, background);
    return pair < 0 ? 0 : pair;
}

static attr_t attributes_of(uint8_t bits) {
    attr_t result = A_NORMAL;
    if (bits & SCREEN_BOLD) result |= A_BOLD;
    if (bits & SCREEN_DIM) result |= A_DIM;
    if (bits & SCREEN_ITALIC) result |= A_ITALIC;
    if (bits & SCREEN_UNDERLINE) result |= A_UNDERLINE;
    if (bits & SCREEN_REVERSE) result |= A_REVERSE;
    return result;
}

void screen_put(int row, int column, const wchar_t *characters, uint8_t attributes, int pair) {
    cchar_t cell;
    if (setcchar(&cell, characters, attributes_of(attributes), 0, &pair) != OK) {
        wchar_t question[] = L"?";
        if (setcchar(&cell, question, attributes_of(attributes), 0, &pair) != OK) return;
    }
    mvadd_wch(row, column, &cell);
}

int screen_read(void) {
    int key = getch();
    if (key == ERR) return -1;
    if (key < 0x100) return key;
    if (key >= KEY_F(1) && key <= KEY_F(12)) return SCREEN_KEY_FUNCTION + (key - KEY_F(0));
    static const struct { int key, ours; } keys[] = {
        {KEY_UP, SCREEN_KEY_UP}, {KEY_DOWN, SCREEN_KEY_DOWN}, {KEY_LEFT, SCREEN_KEY_LEFT}, {KEY_RIGHT, SCREEN_KEY_RIGHT},
        {KEY_HOME, SCREEN_KEY_HOME}, {KEY_END, SCREEN_KEY_END}, {KEY_PPAGE, SCREEN_KEY_PAGE_UP}, {KEY_NPAGE, SCREEN_KEY_PAGE_DOWN},
        {KEY_IC, SCREEN_KEY_INSERT}, {KEY_DC, SCREEN_KEY_DELETE}, {KEY_BACKSPACE, SCREEN_KEY_BACKSPACE}, {KEY_ENTER, SCREEN_KEY_ENTER},
        {KEY_BTAB, SCREEN_KEY_BACK_TAB}, {KEY_SR, SCREEN_KEY_SHIFT_UP}, {KEY_SF, SCREEN_KEY_SHIFT_DOWN}, {KEY_SLEFT, SCREEN_KEY_SHIFT_LEFT},
        {KEY_SRIGHT, SCREEN_KEY_SHIFT_RIGHT}, {OWN_MOUSE, SCREEN_KEY_MOUSE}, {OWN_PASTE_BEGIN, SCREEN_KEY_PASTE_BEGIN},
        {OWN_PASTE_END, SCREEN_KEY_PASTE_END},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].key == key) return keys[i].ours;
    return SCREEN_KEY_OTHER;
}

void screen_flush(int row, int column, bool caret) {
    if (row >= 0) move(row, column);
    curs_set(caret ? 1 : 0);
    refresh();
}

void screen_resize(int width, int height) {
    resizeterm(height, width);
    clearok(curscr, true);
}

char *screen_capability(const char *name) {
    char *found = tigetstr(name);
    if (!found || found == (char *)-1) return NULL;
    char *plain = malloc(strlen(found) + 1);
    if (!plain) return NULL;
    char *to = plain;
    for (const char *from = found; *from;) {
        const char *end = from[0] == '$' && from[1] == '<' ? strchr(from, '>') : NULL;
        if (end) from = end + 1;
        else *to++ = *from++;
    }
    *to = 0;
    return plain;
}
