#include "images.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

static struct {
    int isLoaded;
    TIFF *(*open)(const char *, const char *, thandle_t, TIFFReadWriteProc, TIFFReadWriteProc, TIFFSeekProc, TIFFCloseProc, TIFFSizeProc, TIFFMapFileProc, TIFFUnmapFileProc);
    void (*close)(TIFF *);
    int (*field)(TIFF *, uint32_t, ...);
    int (*usual)(TIFF *, uint32_t, ...);
    int (*last)(TIFF *);
    int (*read)(TIFF *, uint32_t, uint32_t, uint32_t *, int, int);
    TIFFErrorHandler (*errors)(TIFFErrorHandler);
    TIFFErrorHandler (*warnings)(TIFFErrorHandler);
} tiff;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int load(void) {
    static const char *const names[] = {"libtiff.so.6", "libtiff.so.5", "libtiff.so", "libtiff.dylib", NULL};
    static const char *const functions[] = {
        "TIFFClientOpen", "TIFFClose", "TIFFGetField", "TIFFGetFieldDefaulted", "TIFFLastDirectory", "TIFFReadRGBAImageOriented", "TIFFSetErrorHandler", "TIFFSetWarningHandler", NULL};
    void *found[8];
    pthread_mutex_lock(&gate);
    if (!tiff.isLoaded && !load_library(names, functions, found)) {
        *(void **)&tiff.open = found[0];
        *(void **)&tiff.close = found[1];
        *(void **)&tiff.field = found[2];
        *(void **)&tiff.usual = found[3];
        *(void **)&tiff.last = found[4];
        *(void **)&tiff.read = found[5];
        *(void **)&tiff.errors = found[6];
        *(void **)&tiff.warnings = found[7];
        tiff.errors(NULL);
        tiff.warnings(NULL);
        tiff.isLoaded = 1;
    }
    int failed = !tiff.isLoaded;
    pthread_mutex_unlock(&gate);
    return failed;
}

typedef struct {
    const uint8_t *bytes;
    uint64_t count, place;
} stream;

static tmsize_t take(thandle_t handle, void *to, tmsize_t count) {
    stream *from = handle;
    if (count < 0 || from->place >= from->count) return 0;
    uint64_t left = from->count - from->place, taken = (uint64_t)count < left ? (uint64_t)count : left;
    memcpy(to, from->bytes + from->place, taken);
    from->place += taken;
    return (tmsize_t)taken;
}

static tmsize_t give(thandle_t handle, void *from, tmsize_t count) {
    (void)handle, (void)from, (void)count;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    stream *from = handle;
    from->place = whence == SEEK_SET ? offset : whence == SEEK_CUR ? from->place + offset : from->count + offset;
    return from->place;
}

static int leave(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle) { return ((stream *)handle)->count; }

static int decode(image_task *task, TIFF *file) {
    uint32_t width = 0, height = 0;
    uint16_t samples = 1, photometric = PHOTOMETRIC_MINISBLACK;
    int done = 0;
    if (!tiff.field(file, TIFFTAG_IMAGEWIDTH, &width) || !tiff.field(file, TIFFTAG_IMAGELENGTH, &height)) return refuse(task, "its TIFF header lacks width or height");
    tiff.usual(file, TIFFTAG_SAMPLESPERPIXEL, &samples);
    tiff.field(file, TIFFTAG_PHOTOMETRIC, &photometric);
    int isGrey = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
    if (samples > (isGrey ? 1 : photometric == PHOTOMETRIC_SEPARATED ? 4 : 3)) return refuse(task, "its TIFF data have transparency or more channels than red, green and blue; save it as PNG");
    if (settle(task, width, height, isGrey ? 1 : 3, &done)) return 1;
    if (!tiff.last(file)) return refuse(task, "its TIFF data have several pages; save each as an image of its own");
    if (done) return 0;
    uint32_t *raster = malloc((size_t)width * height * sizeof *raster);
    uint8_t *row = malloc((size_t)width * 3);
    int failed = !raster || !row ? refuse(task, "it does not fit into memory") : 0;
    if (!failed && !tiff.read(file, width, height, raster, ORIENTATION_TOPLEFT, 1)) {
        failed = refuse(task, "its TIFF data are damaged, or of a form that libtiff does not turn into 8 bits (floating point, say)");
    }
    for (uint32_t y = 0; !failed && y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            uint32_t pixel = raster[(size_t)y * width + x];
            row[3 * x] = TIFFGetR(pixel), row[3 * x + 1] = TIFFGetG(pixel), row[3 * x + 2] = TIFFGetB(pixel);
        }
        place_row(task, row, y, 3);
    }
    free(raster);
    free(row);
    return failed;
}

int read_tiff(image_task *task) {
    if (load()) return refuse(task, "libtiff, which reads TIFF images, is not installed: apt-get install libtiff-dev");
    stream from = {task->bytes, task->count, 0};
    TIFF *file = tiff.open("image", "rm", &from, take, give, seek, leave, size_of, NULL, NULL);
    if (!file) return refuse(task, "its TIFF header is damaged or truncated");
    int failed = decode(task, file);
    tiff.close(file);
    return failed;
}
