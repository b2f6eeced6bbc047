/// MATLAB files through libmatio, which is loaded on first use: it brings three dozen libraries with it that nothing else needs.
///
/// Every function that can fail gives 0 when it did not, and else leaves one sentence in `reason` (at most `room` bytes with the final 0).
/// One thread at a time is let in.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { AMALGAM_MAT_AXES = 8 };

typedef struct {
    int axes;
    size_t sizes[AMALGAM_MAT_AXES];
} amalgam_mat_shape;

/// The shape of a numeric variable, first axis fastest.
int amalgam_mat_shape_of(const char *path, const char *name, amalgam_mat_shape *shape, char *reason, size_t room);

/// The elements of a numeric variable of `count` elements, all of which must be integers from 0 to 255.
int amalgam_mat_read(const char *path, const char *name, uint8_t *elements, size_t count, char *reason, size_t room);
