#define _GNU_SOURCE
#include "CTorchInterface.h"

#include <dlfcn.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char library[] = "libCTorchBridge.so";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const amg_torch *table;

static const amg_torch *try_path(const char *path, char *reason, size_t size) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(reason, size, "%s", dlerror());
        return NULL;
    }
    const amg_torch *(*entry)(void) = (const amg_torch *(*)(void))dlsym(handle, "amg_torch_table");
    if (!entry) {
        snprintf(reason, size, "%s has no amg_torch_table", path);
        return NULL;
    }
    // libtorch takes and returns a large buffer for every operation. Left to itself the allocator gives each back to the kernel, which
    // clears every page anew: a quarter of the time of evaluating a narrow convolutional network.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    return entry();
}

/// Replaces the last component of `path` by the library's name.
static bool beside(char *path, size_t size) {
    char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash + 1 - path) + sizeof library > size) return false;
    memcpy(slash + 1, library, sizeof library);
    return true;
}

const amg_torch *amg_torch_load(amg_error *error) {
    pthread_mutex_lock(&lock);
    if (!table) {
        char path[PATH_MAX] = "", reason[1024] = "it stands neither beside the program nor beside the library";
        const char *named = getenv("AMALGAM_TORCH_BRIDGE");
        if (named && *named) {
            table = try_path(named, reason, sizeof reason);
        } else {
            ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
            if (length > 0) path[length] = 0;
            if (length > 0 && beside(path, sizeof path) && access(path, R_OK) == 0) table = try_path(path, reason, sizeof reason);
            Dl_info here;
            if (!table && dladdr((void *)amg_torch_load, &here) && here.dli_fname) {
                snprintf(path, sizeof path, "%s", here.dli_fname);
                if (beside(path, sizeof path) && access(path, R_OK) == 0) table = try_path(path, reason, sizeof reason);
            }
        }
        if (!table && error) {
            error->code = AMG_OTHER;
            snprintf(error->message, sizeof error->message, "%s cannot be loaded: %s", library, reason);
        }
    }
    const amg_torch *result = table;
    pthread_mutex_unlock(&lock);
    return result;
}
