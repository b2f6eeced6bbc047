// Windows bitmaps, as Microsoft describes them (BITMAPCOREHEADER, BITMAPINFOHEADER and its successors): uncompressed, of 1, 4, 8, 16, 24 or 32 bits.
#include "images.h"
#include <stdlib.h>

typedef struct {
    uint32_t shift, most;
} field;

static uint32_t word(const uint8_t *bytes) { return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24; }
static uint32_t half(const uint8_t *bytes) { return bytes[0] | (uint32_t)bytes[1] << 8; }

/// Where a mask's bits begin and the largest number they hold; 0 where they are not one run of bits.
static field field_of(uint32_t mask) {
    field result = {0, 0};
    if (!mask) return result;
    while (!(mask >> result.shift & 1)) result.shift++;
    uint32_t run = mask >> result.shift;
    if (!(run & (run + 1))) result.most = run;
    return result;
}

static uint8_t scaled(uint32_t pixel, field field) { return (uint8_t)(((uint64_t)(pixel >> field.shift & field.most) * 255 + field.most / 2) / field.most); }

int read_bmp(image_task *task) {
    const uint8_t *bytes = task->bytes;
    size_t count = task->count;
    uint32_t start = word(bytes + 10), header = word(bytes + 14);
    int isCore = header == 12, done = 0;
    if (count < 14 + (size_t)header || count < 26) return refuse(task, "its BMP header is truncated");
    int64_t width = isCore ? (int64_t)half(bytes + 18) : (int32_t)word(bytes + 18), height = isCore ? (int64_t)half(bytes + 20) : (int32_t)word(bytes + 22);
    uint32_t bits = isCore ? half(bytes + 24) : half(bytes + 28), compression = isCore ? 0 : word(bytes + 30), colours = isCore ? 0 : word(bytes + 46);
    int isTopDown = height < 0;
    if (isTopDown) height = -height;
    if (compression != 0 && compression != 3) return refuse(task, "its BMP data are compressed; save it as PNG");
    if ((bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) || (compression == 3 && bits != 16 && bits != 32)) {
        return refuse(task, "its BMP data have an unknown number of bits");
    }
    size_t entry = isCore ? 3 : 4, table = 14 + (size_t)header, held = 0;
    const uint8_t *palette = bytes + table;
    if (bits <= 8) {
        held = colours && colours <= 1u << bits ? colours : 1u << bits;
        if (table + held * entry > count) return refuse(task, "its BMP palette is truncated");
    }
    uint32_t channels = 3;
    if (bits <= 8) {
        channels = 1;
        for (size_t i = 0; i < held && channels == 1; i++) {
            const uint8_t *colour = palette + i * entry;
            if (colour[0] != colour[1] || colour[1] != colour[2]) channels = 3;
        }
    }
    if (settle(task, width < 0 ? 0 : (uint64_t)width, (uint64_t)height, channels, &done)) return 1;
    if (done) return 0;
    field red = {16, 255}, green = {8, 255}, blue = {0, 255};
    if (bits == 16) red = (field){10, 31}, green = (field){5, 31}, blue = (field){0, 31};
    if (compression == 3) {
        // The masks follow the 40 bytes of the first header, whether a longer one holds them or not.
        if (count < 66) return refuse(task, "its BMP masks are truncated");
        red = field_of(word(bytes + 54)), green = field_of(word(bytes + 58)), blue = field_of(word(bytes + 62));
        if (!red.most || !green.most || !blue.most) return refuse(task, "its BMP masks are damaged");
    }
    size_t stride = ((size_t)width * bits + 31) / 32 * 4;
    if (start > count || stride * (size_t)height > count - start) return refuse(task, "its BMP data are truncated");
    uint8_t *row = malloc((size_t)width * channels);
    if (!row) return refuse(task, "it does not fit into memory");
    for (int64_t y = 0; y < height; y++) {
        const uint8_t *from = bytes + start + stride * (size_t)(isTopDown ? y : height - 1 - y);
        uint8_t *to = row;
        for (int64_t x = 0; x < width; x++) {
            if (bits <= 8) {
                uint32_t index = from[(size_t)x * bits / 8] >> (8 - bits - (uint32_t)((size_t)x * bits % 8)) & ((1u << bits) - 1);
                if (index >= held) {
                    free(row);
                    return refuse(task, "a pixel names a colour that its BMP palette does not hold");
                }
                const uint8_t *colour = palette + index * entry;
                for (uint32_t c = 0; c < channels; c++) *to++ = colour[2 - c];
            } else if (bits == 24) {
                for (uint32_t c = 0; c < 3; c++) *to++ = from[3 * x + 2 - c];
            } else {
                uint32_t pixel = bits == 16 ? half(from + 2 * x) : word(from + 4 * x);
                *to++ = scaled(pixel, red), *to++ = scaled(pixel, green), *to++ = scaled(pixel, blue);
            }
        }
        place_row(task, row, (uint32_t)y, channels);
    }
    free(row);
    return 0;
}
