#pragma once
#include <stddef.h>

/// The UCI optical digits, test part, as scikit-learn ships them (`load_digits`): E. Alpaydin and C. Kaynak, 1998,
/// doi 10.24432/C50P49, CC BY 4.0. 1797 images of 8×8 pixels (one byte each, 0 … 16, row-major), then 1797 labels (one byte each).
const unsigned char *amalgam_digits(size_t *byte_count);
