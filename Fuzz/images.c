// An image in any of the formats: header, then pixels as large as the header says, within what the program reads of a data set.
#include <CImages.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    char reason[512];
    amalgam_image_size size = {0};
    if (amalgam_image_header(bytes, count, &size, reason, sizeof reason) != 0) return 0;
    size_t pixels = (size_t)size.width * size.height * size.channels;
    if (pixels == 0 || pixels > 1 << 22) return 0;
    uint8_t *into = malloc(pixels);
    if (!into) return 0;
    amalgam_image_pixels(bytes, count, size, into, reason, sizeof reason);
    free(into);
    return 0;
}
