#pragma once
#include "CImages.h"

/// Where an image comes from and where it goes; `pixels` is NULL where only the header is wanted.
typedef struct {
    const uint8_t *bytes;
    size_t count;
    amalgam_image_size size;
    uint8_t *pixels;
    char *reason;
    size_t room;
} image_task;

/// The largest width or height that is read.
enum { LARGEST_SIDE = 65535, MOST_PIXELS = 1 << 28 };

int read_png(image_task *task);
int read_jpeg(image_task *task);

/// Puts a row of interleaved values of 1 or 3 channels into the planes; gives 1 where the image is not what was announced.
int place_row(image_task *task, const uint8_t *row, uint32_t y, uint32_t channels);

int refuse(image_task *task, const char *sentence);
