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
int read_bmp(image_task *task);
int read_gif(image_task *task);
int read_tiff(image_task *task);
int read_webp(image_task *task);

/// Takes the size from a header where only that is wanted, and gives 1 with `*done` set; else checks that it is the size announced and that it is one
/// that is read.
int settle(image_task *task, uint64_t width, uint64_t height, uint32_t channels, int *done);

/// Puts a row of interleaved values of 1 or 3 channels into the planes.
void place_row(image_task *task, const uint8_t *row, uint32_t y, uint32_t channels);

/// Leaves the sentence as the reason and gives 1.
int refuse(image_task *task, const char *sentence);

/// Opens the first library of the names, the last of which is NULL, and finds the functions of the second list in it; gives 1 where it or one of them is missing.
/// A library that is linked into the program is not opened.
int load_library(const char *const *names, const char *const *functions, void **found);
