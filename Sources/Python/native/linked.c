// What the program of the Python wheel is linked with, beside the archives.
//
// Functions of image libraries that other builds load on first use (Sources/CImages/images.c asks for them by name), and three functions of glibc
// made of older ones: the versions that the build machine has need glibc 2.35 and 2.36, and 2.34 shall be enough.
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define EACH_FUNCTION(use) \
    use(WebPGetFeaturesInternal) use(WebPDecodeRGBInto) \
    use(TIFFClientOpen) use(TIFFClose) use(TIFFGetField) use(TIFFGetFieldDefaulted) use(TIFFLastDirectory) use(TIFFReadRGBAImageOriented) \
    use(TIFFSetErrorHandler) use(TIFFSetWarningHandler) \
    use(DGifOpen) use(DGifCloseFile) use(DGifGetRecordType) use(DGifGetImageDesc) use(DGifGetLine) use(DGifGetExtension) use(DGifGetExtensionNext)

#define DECLARE(name) void name(void);
#define ENTER(name) {#name, (void *)name},
EACH_FUNCTION(DECLARE)

void *amalgam_linked(const char *name) {
    static const struct { const char *name; void *function; } functions[] = {EACH_FUNCTION(ENTER)};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (!strcmp(functions[i].name, name)) return functions[i].function;
    }
    return NULL;
}

// The linker's --wrap=NAME sends every call of NAME to __wrap_NAME. hypotl has one version since glibc 2.2.5, and more digits than a double.
double __wrap_hypot(double x, double y) { return (double)hypotl(x, y); }
float __wrap_hypotf(float x, float y) { return (float)hypotl(x, y); }

/// As the C library's: it cannot fail, so where the system has no random numbers the program ends.
uint32_t __wrap_arc4random(void) {
    uint32_t number;
    if (getrandom(&number, sizeof number, 0) != sizeof number) abort();
    return number;
}
