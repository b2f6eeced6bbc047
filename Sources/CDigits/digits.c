#include "CDigits.h"

static const unsigned char digits[] = {
#embed "digits.bin"
};

const unsigned char *amalgam_digits(size_t *byte_count) {
    *byte_count = sizeof digits;
    return digits;
}
