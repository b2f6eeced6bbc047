#include "images.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef int (*reader)(image_task *);

static int begins(const uint8_t *bytes, size_t count, const char *magic, size_t length) { return count >= length && !memcmp(bytes, magic, length); }

/// The reader for what the bytes begin with; NULL for none.
static reader reader_for(const uint8_t *bytes, size_t count) {
    if (begins(bytes, count, "\x89PNG\r\n\x1a\n", 8)) return read_png;
    if (begins(bytes, count, "\xff\xd8\xff", 3)) return read_jpeg;
    if (begins(bytes, count, "GIF87a", 6) || begins(bytes, count, "GIF89a", 6)) return read_gif;
    if (begins(bytes, count, "RIFF", 4) && count >= 12 && !memcmp(bytes + 8, "WEBP", 4)) return read_webp;
    if (begins(bytes, count, "II*\0", 4) || begins(bytes, count, "MM\0*", 4) || begins(bytes, count, "II+\0", 4) || begins(bytes, count, "MM\0+", 4)) return read_tiff;
    // Two letters are little: the header's size must be one of BMP's as well.
    if (begins(bytes, count, "BM", 2) && count >= 26 && (bytes[14] == 12 || (bytes[14] >= 40 && bytes[14] <= 124)) && !bytes[15] && !bytes[16] && !bytes[17]) return read_bmp;
    return NULL;
}

static int read(image_task *task) {
    reader known = reader_for(task->bytes, task->count);
    return known ? known(task) : refuse(task, task->count ? "it is no PNG, JPEG, GIF, WebP, TIFF or BMP image" : "the file is empty");
}

int amalgam_is_image(const uint8_t *bytes, size_t count) { return reader_for(bytes, count) != NULL; }

int amalgam_image_header(const uint8_t *bytes, size_t count, amalgam_image_size *size, char *reason, size_t room) {
    image_task task = {bytes, count, {0, 0, 0, 0}, NULL, reason, room};
    if (read(&task)) return 1;
    if ((uint64_t)task.size.width * task.size.height > MOST_PIXELS) return refuse(&task, "it has more than 268 million pixels");
    *size = task.size;
    return 0;
}

int amalgam_image_pixels(const uint8_t *bytes, size_t count, amalgam_image_size size, uint8_t *pixels, char *reason, size_t room) {
    image_task task = {bytes, count, size, pixels, reason, room};
    return read(&task);
}

int settle(image_task *task, uint64_t width, uint64_t height, uint32_t channels, int *done) {
    *done = !task->pixels;
    if (!width || !height || width > LARGEST_SIDE || height > LARGEST_SIDE) return refuse(task, "its width or height is 0 or more than 65535");
    if (!task->pixels) {
        task->size.width = (uint32_t)width;
        task->size.height = (uint32_t)height;
        task->size.channels = channels;
        return 0;
    }
    if (task->size.width != width || task->size.height != height || task->size.channels < channels) return refuse(task, "it changed while it was read");
    return 0;
}

void place_row(image_task *task, const uint8_t *row, uint32_t y, uint32_t channels) {
    size_t width = task->size.width, plane = width * task->size.height;
    for (uint32_t c = 0; c < task->size.channels; c++) {
        uint8_t *to = task->pixels + c * plane + y * width;
        const uint8_t *from = row + (channels == 3 ? c : 0);
        for (size_t x = 0; x < width; x++) to[x] = from[x * channels];
    }
}

int refuse(image_task *task, const char *sentence) {
    snprintf(task->reason, task->room, "%s", sentence);
    return 1;
}

/// The function of that name in a library that is linked into the program; NULL where there is none. A program that has such libraries defines it
/// anew (Sources/Python/native/linked.c).
__attribute__((weak)) void *amalgam_linked(const char *name) {
    (void)name;
    return NULL;
}

static void *function(void *library, const char *name) {
    void *linked = amalgam_linked(name);
    return linked || !library ? linked : dlsym(library, name);
}

int load_library(const char *const *names, const char *const *functions, void **found) {
    void *library = NULL;
    if (!function(NULL, *functions)) {
        for (; *names && !library; names++) library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (!library) return 1;
    }
    for (; *functions; functions++, found++) {
        if (!(*found = function(library, *functions))) return 1;
    }
    return 0;
}
