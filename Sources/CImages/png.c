#include "images.h"
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    image_task *task;
    size_t offset;
    uint8_t *rows;
    jmp_buf back;
} reading;

static void fail(png_structp png, png_const_charp message) {
    reading *state = png_get_error_ptr(png);
    snprintf(state->task->reason, state->task->room, "its PNG data are damaged: %s", message);
    longjmp(state->back, 1);
}

static void ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void take(png_structp png, png_bytep to, size_t count) {
    reading *state = png_get_io_ptr(png);
    if (count > state->task->count - state->offset) png_error(png, "the file is truncated");
    memcpy(to, state->task->bytes + state->offset, count);
    state->offset += count;
}

/// Everything that may jump back; what it allocates hangs on `state`.
static int decode(png_structp png, png_infop info, reading *state) {
    image_task *task = state->task;
    png_set_read_fn(png, state, take);
    png_set_user_limits(png, LARGEST_SIDE, LARGEST_SIDE);
    png_read_info(png, info);
    uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    uint32_t channels = png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR ? 3 : 1;
    int done = 0;
    if (settle(task, width, height, channels, &done)) return 1;
    if (done) return 0;
    png_set_scale_16(png);
    png_set_packing(png);
    png_set_expand(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t row = png_get_rowbytes(png, info);
    if (row != (size_t)width * channels) return refuse(task, "its PNG rows have an unknown form");
    state->rows = malloc(row * height + height * sizeof(png_bytep));
    if (!state->rows) return refuse(task, "it does not fit into memory");
    png_bytepp pointers = (png_bytepp)state->rows;
    uint8_t *first = state->rows + height * sizeof(png_bytep);
    for (uint32_t y = 0; y < height; y++) pointers[y] = first + y * row;
    png_read_image(png, pointers);
    png_read_end(png, NULL);
    for (uint32_t y = 0; y < height; y++) place_row(task, pointers[y], y, channels);
    return 0;
}

/// Where errors come back to.
static int guarded(png_structp png, png_infop info, reading *state) { return setjmp(state->back) ? 1 : decode(png, info, state); }

int read_png(image_task *task) {
    reading state = {.task = task};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int failed = info ? guarded(png, info, &state) : refuse(task, "libpng could not start");
    png_destroy_read_struct(&png, &info, NULL);
    free(state.rows);
    return failed;
}
