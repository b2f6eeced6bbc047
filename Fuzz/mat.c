// A MATLAB file as that of SVHN: images “X” and labels “y”. libmatio takes names of files, so that each input is one in memory; libmatio itself has no sanitizer.
#define _GNU_SOURCE
#include <CMatio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static int file = -1;
    static char path[32];
    if (file < 0) {
        file = memfd_create("input.mat", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, bytes, count, 0) != (ssize_t)count) return 0;
    const char *names[] = {"X", "y"};
    for (int name = 0; name < 2; name++) {
        char reason[512];
        amalgam_mat_shape shape = {0};
        if (amalgam_mat_shape_of(path, names[name], &shape, reason, sizeof reason) != 0) continue;
        size_t elements = 1;
        for (int axis = 0; axis < shape.axes && elements <= 1 << 22; axis++) elements *= shape.sizes[axis] < 1 << 22 ? shape.sizes[axis] : 1 << 23;
        if (elements == 0 || elements > 1 << 22) continue;
        uint8_t *into = malloc(elements);
        if (!into) continue;
        amalgam_mat_read(path, names[name], into, elements, reason, sizeof reason);
        free(into);
    }
    return 0;
}
