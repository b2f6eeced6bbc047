#include "images.h"
#include <stdio.h>
#include <string.h>

static int read(image_task *task) {
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, jpeg[] = {0xff, 0xd8, 0xff};
    if (task->count >= sizeof png && !memcmp(task->bytes, png, sizeof png)) return read_png(task);
    if (task->count >= sizeof jpeg && !memcmp(task->bytes, jpeg, sizeof jpeg)) return read_jpeg(task);
    return refuse(task, task->count ? "it is neither PNG nor JPEG" : "the file is empty");
}

int amalgam_image_header(const uint8_t *bytes, size_t count, amalgam_image_size *size, char *reason, size_t room) {
    image_task task = {bytes, count, {0, 0, 0}, NULL, reason, room};
    if (read(&task)) return 1;
    if ((uint64_t)task.size.width * task.size.height > MOST_PIXELS) return refuse(&task, "it has more than 268 million pixels");
    *size = task.size;
    return 0;
}

int amalgam_image_pixels(const uint8_t *bytes, size_t count, amalgam_image_size size, uint8_t *pixels, char *reason, size_t room) {
    image_task task = {bytes, count, size, pixels, reason, room};
    return read(&task);
}

int place_row(image_task *task, const uint8_t *row, uint32_t y, uint32_t channels) {
    size_t width = task->size.width, plane = width * task->size.height;
    for (uint32_t c = 0; c < task->size.channels; c++) {
        uint8_t *to = task->pixels + c * plane + y * width;
        const uint8_t *from = row + (channels == 3 ? c : 0);
        for (size_t x = 0; x < width; x++) to[x] = from[x * channels];
    }
    return 0;
}

int refuse(image_task *task, const char *sentence) {
    snprintf(task->reason, task->room, "%s", sentence);
    return 1;
}
