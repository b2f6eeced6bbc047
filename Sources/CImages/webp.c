#include "images.h"
#include <pthread.h>
#include <stdlib.h>
#include <webp/decode.h>

static struct {
    int isLoaded;
    VP8StatusCode (*features)(const uint8_t *, size_t, WebPBitstreamFeatures *, int);
    uint8_t *(*decode)(const uint8_t *, size_t, uint8_t *, size_t, int);
} webp;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int load(void) {
    static const char *const names[] = {"libwebp.so.7", "libwebp.so.6", "libwebp.so", "libwebp.dylib", NULL};
    static const char *const functions[] = {"WebPGetFeaturesInternal", "WebPDecodeRGBInto", NULL};
    void *found[2];
    pthread_mutex_lock(&gate);
    if (!webp.isLoaded && !load_library(names, functions, found)) {
        *(void **)&webp.features = found[0];
        *(void **)&webp.decode = found[1];
        webp.isLoaded = 1;
    }
    int failed = !webp.isLoaded;
    pthread_mutex_unlock(&gate);
    return failed;
}

int read_webp(image_task *task) {
    if (load()) return refuse(task, "libwebp, which reads WebP images, is not installed: apt-get install libwebp-dev");
    WebPBitstreamFeatures features;
    int done = 0;
    if (webp.features(task->bytes, task->count, &features, WEBP_DECODER_ABI_VERSION) != VP8_STATUS_OK) return refuse(task, "its WebP header is damaged or truncated");
    if (features.has_animation) return refuse(task, "it is an animated WebP; save one frame of it");
    if (features.width < 0 || features.height < 0) return refuse(task, "its WebP header is damaged or truncated");
    if (settle(task, (uint64_t)features.width, (uint64_t)features.height, 3, &done)) return 1;
    if (done) return 0;
    size_t width = task->size.width, stride = width * 3, size = stride * task->size.height;
    uint8_t *rows = malloc(size);
    if (!rows || stride > INT32_MAX) {
        free(rows);
        return refuse(task, "it does not fit into memory");
    }
    int failed = !webp.decode(task->bytes, task->count, rows, size, (int)stride);
    for (uint32_t y = 0; !failed && y < task->size.height; y++) place_row(task, rows + y * stride, y, 3);
    free(rows);
    return failed ? refuse(task, "its WebP data are damaged or truncated") : 0;
}
