#include "images.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static uint32_t number(const uint8_t *bytes, int count, int isBig) {
    uint32_t value = 0;
    for (int i = 0; i < count; i++) value |= (uint32_t)bytes[i] << 8 * (isBig ? count - 1 - i : i);
    return value;
}

/// The orientation in the first directory of EXIF data; 0 where there is none.
static uint32_t orientation(const struct jpeg_decompress_struct *jpeg) {
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker; marker = marker->next) {
        const uint8_t *bytes = marker->data;
        uint32_t count = marker->data_length;
        if (count < 14 || memcmp(bytes, "Exif\0\0", 6)) continue;
        bytes += 6, count -= 6;
        int isBig = bytes[0] == 'M';
        uint32_t place = number(bytes + 4, 4, isBig);
        if (place > count - 2) continue;
        uint32_t entries = number(bytes + place, 2, isBig);
        for (uint32_t i = 0; i < entries && 12 * (i + 1) <= count - place - 2; i++) {
            const uint8_t *entry = bytes + place + 2 + 12 * i;
            if (number(entry, 2, isBig) == 0x112) return number(entry + 8, 2, isBig);
        }
    }
    return 0;
}

/// Printing colours to red, green and blue as Pillow does: each ink takes its part of the light away. Adobe's programs write the inks inverted.
static void mix_inks(uint8_t *row, uint32_t width, int isInverted) {
    for (uint32_t x = 0; x < width; x++) {
        uint8_t *inks = row + 4 * x;
        uint32_t light = isInverted ? inks[3] : 255u - inks[3];
        for (int c = 0; c < 3; c++) {
            uint32_t product = (isInverted ? 255u - inks[c] : inks[c]) * light + 128, taken = ((product >> 8) + product) >> 8;
            row[3 * x + c] = (uint8_t)(light > taken ? light - taken : 0);
        }
    }
}

static int decode(struct jpeg_decompress_struct *jpeg, reading *state) {
    image_task *task = state->task;
    jpeg_mem_src(jpeg, task->bytes, task->count);
    if (!task->pixels) jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(jpeg, TRUE);
    uint32_t width = jpeg->image_width, height = jpeg->image_height, components = (uint32_t)jpeg->num_components, channels = components == 1 ? 1 : 3;
    if (components != 1 && components != 3 && components != 4) return refuse(task, "its JPEG data have neither 1, 3 nor 4 components");
    int done = 0;
    if (settle(task, width, height, channels, &done)) return 1;
    if (done) {
        task->size.orientation = orientation(jpeg);
        return 0;
    }
    jpeg->out_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_start_decompress(jpeg);
    state->row = malloc((size_t)width * components);
    if (!state->row) return refuse(task, "it does not fit into memory");
    while (jpeg->output_scanline < height) {
        uint32_t y = jpeg->output_scanline;
        if (jpeg_read_scanlines(jpeg, &state->row, 1) != 1) return refuse(task, "its JPEG data end too early");
        if (components == 4) mix_inks(state->row, width, jpeg->saw_Adobe_marker);
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
