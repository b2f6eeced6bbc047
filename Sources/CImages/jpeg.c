#include "images.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr manager;
    image_task *task;
    uint8_t *row;
    jmp_buf back;
} reading;

static void fail(j_common_ptr jpeg) {
    reading *state = (reading *)jpeg->err;
    char message[JMSG_LENGTH_MAX];
    state->manager.format_message(jpeg, message);
    snprintf(state->task->reason, state->task->room, "its JPEG data are damaged: %s", message);
    longjmp(state->back, 1);
}

/// libjpeg fills in grey for what is missing or unreadable and only warns; that is no picture to learn from.
static void judge(j_common_ptr jpeg, int level) {
    int code = jpeg->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_MUST_RESYNC)) fail(jpeg);
}

static void stay_silent(j_common_ptr jpeg) { (void)jpeg; }

static int decode(struct jpeg_decompress_struct *jpeg, reading *state) {
    image_task *task = state->task;
    jpeg_mem_src(jpeg, task->bytes, task->count);
    jpeg_read_header(jpeg, TRUE);
    uint32_t width = jpeg->image_width, height = jpeg->image_height, channels = jpeg->num_components == 1 ? 1 : 3;
    if (jpeg->num_components != 1 && jpeg->num_components != 3) return refuse(task, "it has printing colours (CMYK); convert it to RGB");
    if (!task->pixels) {
        task->size = (amalgam_image_size){width, height, channels};
        return 0;
    }
    if (task->size.width != width || task->size.height != height || task->size.channels < channels) return refuse(task, "it changed while it was read");
    jpeg->out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(jpeg);
    state->row = malloc((size_t)width * channels);
    if (!state->row) return refuse(task, "it does not fit into memory");
    while (jpeg->output_scanline < height) {
        uint32_t y = jpeg->output_scanline;
        if (jpeg_read_scanlines(jpeg, &state->row, 1) != 1) return refuse(task, "its JPEG data end too early");
        place_row(task, state->row, y, channels);
    }
    jpeg_finish_decompress(jpeg);
    return 0;
}

/// Where errors come back to.
static int guarded(struct jpeg_decompress_struct *jpeg, reading *state) {
    if (setjmp(state->back)) return 1;
    jpeg_create_decompress(jpeg);
    return decode(jpeg, state);
}

int read_jpeg(image_task *task) {
    if (task->count > UINT32_MAX) return refuse(task, "it is too large");
    struct jpeg_decompress_struct jpeg = {0};
    reading state = {.task = task};
    jpeg.err = jpeg_std_error(&state.manager);
    state.manager.error_exit = fail;
    state.manager.emit_message = judge;
    state.manager.output_message = stay_silent;
    int failed = guarded(&jpeg, &state);
    jpeg_destroy_decompress(&jpeg);
    free(state.row);
    return failed;
}
