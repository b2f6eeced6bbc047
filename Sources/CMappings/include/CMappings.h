#pragma once
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

// Mapped files that another program may shorten, or whose disk may fail. Reading such a page raises SIGBUS; the handler maps pages of zeros over the rest
// of the mapping and marks it, so that the read ends, and whoever uses the file finds the mark before it believes what was read.

/// Watches a mapping, and installs the handler with the first; its number, or -1 where there is no room for more.
int mapping_watch(void *start, size_t length);
/// No longer watches it: before it is unmapped.
void mapping_forget(int number);
/// Whether a page of it could not be read.
bool mapping_is_broken(int number);
/// What the handler does: whether the fault lay in a watched mapping. For other handlers of SIGBUS, which ask this first.
bool mapping_repair(const siginfo_t *info);
