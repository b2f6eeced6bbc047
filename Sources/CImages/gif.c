#include "images.h"
#include <gif_lib.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct {
    int isLoaded;
    GifFileType *(*open)(void *, InputFunc, int *);
    int (*close)(GifFileType *, int *);
    int (*record)(GifFileType *, GifRecordType *);
    int (*description)(GifFileType *);
    int (*line)(GifFileType *, GifPixelType *, int);
    int (*extension)(GifFileType *, int *, GifByteType **);
    int (*next)(GifFileType *, GifByteType **);
} gif;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int load(void) {
    static const char *const names[] = {"libgif.so.7", "libgif.so", "libgif.dylib", NULL};
    static const char *const functions[] = {"DGifOpen", "DGifCloseFile", "DGifGetRecordType", "DGifGetImageDesc", "DGifGetLine", "DGifGetExtension", "DGifGetExtensionNext", NULL};
    void *found[7];
    pthread_mutex_lock(&gate);
    if (!gif.isLoaded && !load_library(names, functions, found)) {
        *(void **)&gif.open = found[0];
        *(void **)&gif.close = found[1];
        *(void **)&gif.record = found[2];
        *(void **)&gif.description = found[3];
        *(void **)&gif.line = found[4];
        *(void **)&gif.extension = found[5];
        *(void **)&gif.next = found[6];
        gif.isLoaded = 1;
    }
    int failed = !gif.isLoaded;
    pthread_mutex_unlock(&gate);
    return failed;
}

typedef struct {
    const uint8_t *bytes;
    size_t left;
} stream;

static int take(GifFileType *file, GifByteType *to, int count) {
    stream *from = file->UserData;
    size_t taken = count < 0 ? 0 : (size_t)count < from->left ? (size_t)count : from->left;
    memcpy(to, from->bytes, taken);
    from->bytes += taken;
    from->left -= taken;
    return (int)taken;
}

/// Goes to the first image, past comments and such; 1 where there is none.
static int find_frame(GifFileType *file) {
    GifRecordType type;
    while (gif.record(file, &type) == GIF_OK) {
        if (type == IMAGE_DESC_RECORD_TYPE) return gif.description(file) != GIF_OK;
        if (type != EXTENSION_RECORD_TYPE) return 1;
        int code;
        GifByteType *block = NULL;
        if (gif.extension(file, &code, &block) != GIF_OK) return 1;
        while (block) {
            if (gif.next(file, &block) != GIF_OK) return 1;
        }
    }
    return 1;
}

static void put(uint8_t *to, const ColorMapObject *map, int index) {
    GifColorType colour = index < map->ColorCount ? map->Colors[index] : (GifColorType){0, 0, 0};
    to[0] = colour.Red, to[1] = colour.Green, to[2] = colour.Blue;
}

/// The first frame on the background, row by row.
static int decode(image_task *task, GifFileType *file) {
    const GifImageDesc *frame = &file->Image;
    const ColorMapObject *map = frame->ColorMap ? frame->ColorMap : file->SColorMap;
    if (!map) return refuse(task, "its GIF data hold no palette");
    int width = file->SWidth, height = file->SHeight;
    if (frame->Left < 0 || frame->Top < 0 || frame->Width <= 0 || frame->Height <= 0 || frame->Left > width - frame->Width || frame->Top > height - frame->Height) {
        return refuse(task, "the first frame of its GIF data lies outside the image");
    }
    uint8_t *row = malloc((size_t)width * 3);
    GifPixelType *indices = malloc((size_t)frame->Width);
    int failed = !row || !indices ? refuse(task, "it does not fit into memory") : 0;
    for (int x = 0; !failed && x < width; x++) put(row + 3 * x, map, file->SBackGroundColor);
    for (int y = 0; !failed && y < height; y++) place_row(task, row, (uint32_t)y, 3);
    static const int first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
    for (int pass = 0; !failed && pass < (frame->Interlace ? 4 : 1); pass++) {
        for (int y = frame->Interlace ? first[pass] : 0; !failed && y < frame->Height; y += frame->Interlace ? step[pass] : 1) {
            if (gif.line(file, indices, frame->Width) != GIF_OK) {
                failed = refuse(task, "its GIF data are damaged or truncated");
            } else {
                for (int x = 0; x < frame->Width; x++) put(row + 3 * (frame->Left + x), map, indices[x]);
                place_row(task, row, (uint32_t)(frame->Top + y), 3);
            }
        }
    }
    free(row);
    free(indices);
    return failed;
}

int read_gif(image_task *task) {
    if (load()) return refuse(task, "giflib, which reads GIF images, is not installed: apt-get install libgif-dev");
    stream from = {task->bytes, task->count};
    int code = 0, done = 0;
    GifFileType *file = gif.open(&from, take, &code);
    if (!file) return refuse(task, "its GIF header is damaged or truncated");
    int failed = settle(task, file->SWidth < 0 ? 0 : (uint64_t)file->SWidth, file->SHeight < 0 ? 0 : (uint64_t)file->SHeight, 3, &done);
    if (!failed && !done) failed = find_frame(file) ? refuse(task, "its GIF data hold no image, or are damaged") : decode(task, file);
    gif.close(file, &code);
    return failed;
}
