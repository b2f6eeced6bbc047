#include "CMatio.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <matio.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static struct {
    void *library;
    void (*log_to)(const char *, void (*)(int, char *));
    mat_t *(*open)(const char *, int);
    int (*close)(mat_t *);
    matvar_t *(*info)(mat_t *, const char *);
    int (*read)(mat_t *, matvar_t *, void *, int, int, int);
    void (*release)(matvar_t *);
} matio;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static char complaint[160];

/// libmatio's own words, kept for the error instead of printed.
static void note(int level, char *message) {
    if (level & (MATIO_LOG_LEVEL_ERROR | MATIO_LOG_LEVEL_CRITICAL)) snprintf(complaint, sizeof complaint, "%s", message);
}

static int load(char *reason, size_t room) {
    if (matio.library) return 0;
    // The names that Debian's and other systems' packages give it; all have the interface of the header.
    const char *names[] = {"libmatio.so.11", "libmatio.so.13", "libmatio.so.12", "libmatio.so", "libmatio.dylib"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(reason, room, "libmatio, which reads MATLAB files, is not installed: apt-get install libmatio-dev");
        return 1;
    }
    *(void **)&matio.log_to = dlsym(library, "Mat_LogInitFunc");
    *(void **)&matio.open = dlsym(library, "Mat_Open");
    *(void **)&matio.close = dlsym(library, "Mat_Close");
    *(void **)&matio.info = dlsym(library, "Mat_VarReadInfo");
    *(void **)&matio.read = dlsym(library, "Mat_VarReadDataLinear");
    *(void **)&matio.release = dlsym(library, "Mat_VarFree");
    if (!matio.log_to || !matio.open || !matio.close || !matio.info || !matio.read || !matio.release) {
        snprintf(reason, room, "this libmatio lacks functions that are needed: install libmatio 1.5 or later");
        dlclose(library);
        return 1;
    }
    matio.library = library;
    matio.log_to("amalgam", note);
    return 0;
}

/// How many elements a variable has; SIZE_MAX for more than can be counted.
static size_t elements_of(const matvar_t *variable) {
    size_t held = 1;
    for (int axis = 0; axis < variable->rank; axis++) {
        if (__builtin_mul_overflow(held, variable->dims[axis], &held)) return SIZE_MAX;
    }
    return held;
}

/// Whether every element of the variable's class can be turned into a byte here, and a file of so many bytes can hold them; else why not.
static const char *fault(const matvar_t *variable, size_t bytes) {
    // A byte of a deflated element gives at most 1032 (RFC 1951: 258 bytes for a match of two bits), and an element is a byte at least.
    enum { MOST = 1032 };
    if (elements_of(variable) / MOST > bytes) return "it has more elements than a file of this length can hold";
    if (variable->isComplex) return "it is complex";
    if (variable->rank < 1 || variable->rank > AMALGAM_MAT_AXES) return "it has too many axes";
    return variable->class_type == MAT_C_UINT8 || variable->class_type == MAT_C_DOUBLE ? NULL : "its elements are neither bytes nor doubles";
}

static uint32_t word(const unsigned char *bytes, int isSwapped) {
    return isSwapped ? (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]
                     : (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

/// Whether an element of a file of version 5 is an array of numbers or letters. Cells, structures and objects hold arrays whose sizes are only known to
/// libmatio, and of which no data set is made.
static int isPlain(int file, off_t place, int isSwapped) {
    enum { DEFLATED = 15, MATRIX = 14, FLAGS = 6, SIZES = 5, TEXT = 1, LETTERS = 4, LAST = 15, LONGEST = 256, ROOM = 32 + 4 * AMALGAM_MAT_AXES + 8 };
    unsigned char start[256] = {0}, inflated[ROOM] = {0};
    ssize_t count = pread(file, start, sizeof start, place);
    if (count < 8) return 0;
    const unsigned char *matrix = start;
    if (word(start, isSwapped) == DEFLATED) {
        z_stream stream = {.next_in = start + 8, .avail_in = (unsigned)count - 8, .next_out = inflated, .avail_out = ROOM};
        if (inflateInit(&stream) != Z_OK) return 0;
        inflate(&stream, Z_SYNC_FLUSH);
        inflateEnd(&stream);
        matrix = inflated;
    }
    if (word(matrix, isSwapped) != MATRIX || word(matrix + 8, isSwapped) != FLAGS || word(matrix + 12, isSwapped) != 8) return 0;
    uint32_t class = word(matrix + 16, isSwapped) & 0xFF;
    if (class < LETTERS || class > LAST || class == 5) return 0;  // 5 is a sparse matrix
    // Then the sizes, 32 bits for each axis, and the name, whose tag may hold it where it is short.
    uint32_t axes = word(matrix + 28, isSwapped);
    if (word(matrix + 24, isSwapped) != SIZES || axes < 8 || axes > 4 * AMALGAM_MAT_AXES || axes % 4 != 0) return 0;
    const unsigned char *name = matrix + 32 + (axes + 7) / 8 * 8;
    uint32_t tag = word(name, isSwapped), held = tag >> 16;
    return (tag & 0xFFFF) == TEXT && (held ? held <= 4 : word(name + 4, isSwapped) <= LONGEST);
}

/// Whether a file may be given to libmatio, which takes as much memory as sizes in a file say, whatever its length: files of MATLAB 4, which have no
/// sign of their own, are not, and the elements of later ones must lie within the file. 0 and the file's bytes, or 1 with the reason.
static int isRefused(const char *path, size_t *bytes, char *reason, size_t room) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    unsigned char header[128] = {0};
    if (file < 0 || fstat(file, &status) != 0 || pread(file, header, sizeof header, 0) < 0) {
        if (file >= 0) close(file);
        snprintf(reason, room, "it cannot be read");
        return 1;
    }
    *bytes = (size_t)status.st_size;
    int isSwapped = header[126] == 'M' && header[127] == 'I', version = isSwapped ? header[124] : header[125];
    int isKnown = (isSwapped || (header[126] == 'I' && header[127] == 'M')) && (version == 1 || version == 2);
    int isWhole = isKnown;
    // Version 2 is HDF5. Version 1 is a row of elements: kind and length in 32 bits each, then as many bytes.
    for (off_t place = sizeof header; isKnown && version == 1 && isWhole && place < status.st_size;) {
        unsigned char tag[8];
        if (pread(file, tag, sizeof tag, place) != (ssize_t)sizeof tag) {
            isWhole = 0;
            break;
        }
        uint32_t length = word(tag + 4, isSwapped);
        isWhole = (off_t)length <= status.st_size - place - (off_t)sizeof tag && isPlain(file, place, isSwapped);
        place += (off_t)sizeof tag + length;
    }
    close(file);
    if (isWhole) return 0;
    snprintf(
        reason, room, "%s",
        isKnown ? "it is truncated, damaged, or holds more than arrays of numbers: an element is longer than the file or of another kind"
                : "it is no MATLAB file of version 5 or later (save it with -v7)");
    return 1;
}

/// Opens a file and finds a variable in it; 0, and both to be released, when it can be read.
static int find(const char *path, const char *name, mat_t **file, matvar_t **variable, char *reason, size_t room) {
    complaint[0] = 0;
    size_t bytes = 0;
    if (load(reason, room) || isRefused(path, &bytes, reason, room)) return 1;
    *file = matio.open(path, MAT_ACC_RDONLY);
    if (!*file) {
        snprintf(reason, room, "it is no MATLAB file that libmatio reads%s%s", complaint[0] ? ": " : "", complaint);
        return 1;
    }
    *variable = matio.info(*file, name);
    const char *wrong = *variable ? fault(*variable, bytes) : NULL;
    if (*variable && !wrong) return 0;
    if (wrong) snprintf(reason, room, "variable %s: %s", name, wrong);
    else snprintf(reason, room, "it holds no variable %s%s%s", name, complaint[0] ? ": " : "", complaint);
    if (*variable) matio.release(*variable);
    matio.close(*file);
    return 1;
}

int amalgam_mat_shape_of(const char *path, const char *name, amalgam_mat_shape *shape, char *reason, size_t room) {
    mat_t *file = NULL;
    matvar_t *variable = NULL;
    pthread_mutex_lock(&gate);
    int failed = find(path, name, &file, &variable, reason, room);
    if (!failed) {
        shape->axes = variable->rank;
        memcpy(shape->sizes, variable->dims, variable->rank * sizeof *variable->dims);
        matio.release(variable);
        matio.close(file);
    }
    pthread_mutex_unlock(&gate);
    return failed;
}

static int read_elements(mat_t *file, matvar_t *variable, const char *name, uint8_t *elements, size_t count, char *reason, size_t room) {
    size_t held = elements_of(variable);
    if (held != count || count > INT32_MAX) {
        snprintf(reason, room, "variable %s holds %zu elements, not %zu", name, held, count);
        return 1;
    }
    int isByte = variable->class_type == MAT_C_UINT8;
    double *numbers = isByte ? NULL : calloc(count, sizeof *numbers);
    if (!isByte && !numbers) {
        snprintf(reason, room, "variable %s of %zu elements does not fit into memory", name, count);
        return 1;
    }
    // libmatio does not notice every truncated file: what it leaves out is zero, not chance.
    memset(elements, 0, count);
    int failed = matio.read(file, variable, isByte ? (void *)elements : numbers, 0, 1, (int)count);
    if (failed || complaint[0]) {
        snprintf(reason, room, "variable %s cannot be read; the file is truncated or damaged%s%s", name, complaint[0] ? ": " : "", complaint);
        failed = 1;
    }
    for (size_t i = 0; numbers && !failed && i < count; i++) {
        if (!(numbers[i] >= 0 && numbers[i] <= 255 && numbers[i] == (uint8_t)numbers[i])) {
            snprintf(reason, room, "variable %s: element %zu is %g, no integer from 0 to 255", name, i, numbers[i]);
            failed = 1;
        } else {
            elements[i] = (uint8_t)numbers[i];
        }
    }
    free(numbers);
    return failed;
}

int amalgam_mat_read(const char *path, const char *name, uint8_t *elements, size_t count, char *reason, size_t room) {
    mat_t *file = NULL;
    matvar_t *variable = NULL;
    pthread_mutex_lock(&gate);
    int failed = find(path, name, &file, &variable, reason, room);
    if (!failed) {
        failed = read_elements(file, variable, name, elements, count, reason, room);
        matio.release(variable);
        matio.close(file);
    }
    pthread_mutex_unlock(&gate);
    return failed;
}
