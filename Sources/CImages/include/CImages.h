/// PNG and JPEG images through libpng and libjpeg. Their errors come back as sentences: neither library ends the program or prints.
///
/// Both functions give 0 when all went well, and else leave one sentence in `reason` (at most `room` bytes with the final 0).
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t width;
    uint32_t height;
    /// 1 for grey images, 3 for coloured ones; transparency is left out.
    uint32_t channels;
} amalgam_image_size;

/// What an image is, from its header.
int amalgam_image_header(const uint8_t *bytes, size_t count, amalgam_image_size *size, char *reason, size_t room);

/// The pixels in 8 bits, plane after plane, row after row. `size` must be what the header says, but a grey image may be asked for in
/// 3 channels, which are then alike. Gamma and colour profiles are left alone.
int amalgam_image_pixels(const uint8_t *bytes, size_t count, amalgam_image_size size, uint8_t *pixels, char *reason, size_t room);
