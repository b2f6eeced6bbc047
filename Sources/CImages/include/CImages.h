/// Images through the libraries that are made for them: PNG and JPEG through libpng and libjpeg; WebP, TIFF and GIF through libwebp, libtiff and
/// giflib, which are loaded when the first such image is read; BMP by a reader of its own. What a file is, its content says, not its name.
/// Errors come back as sentences: no library ends the program or prints.
///
/// The functions give 0 when all went well, and else leave one sentence in `reason` (at most `room` bytes with the final 0).
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t width;
    uint32_t height;
    /// 1 for grey images, 3 for coloured ones, also where their colours are all grey; transparency is left out.
    uint32_t channels;
    /// The orientation that a JPEG's EXIF data ask to be shown in, 2 to 8; 0 or 1 where they ask for none. The pixels are not turned.
    uint32_t orientation;
} amalgam_image_size;

/// Whether the bytes begin as an image of a known kind does.
int amalgam_is_image(const uint8_t *bytes, size_t count);

/// What an image is, from its header.
int amalgam_image_header(const uint8_t *bytes, size_t count, amalgam_image_size *size, char *reason, size_t room);

/// The pixels in 8 bits, plane after plane, row after row. `size` must be what the header says, but a grey image may be asked for in
/// 3 channels, which are then alike. Gamma and colour profiles are left alone. Of a GIF the first frame is read.
int amalgam_image_pixels(const uint8_t *bytes, size_t count, amalgam_image_size size, uint8_t *pixels, char *reason, size_t room);
