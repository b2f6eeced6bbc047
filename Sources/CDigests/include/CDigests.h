#pragma once
#include <stddef.h>
#include <stdint.h>

/// Takes whole blocks of 64 bytes into the eight words of a SHA-256, by OpenSSL's libcrypto, which uses the processor's own instructions where it has them.
/// Returns 0 where it did, 1 where this system has no libcrypto: the caller has a portable way of its own.
int amalgam_sha256_blocks(uint32_t state[8], const void *bytes, size_t blocks);
