#define _GNU_SOURCE
#include "CTorchInterface.h"

#include <dlfcn.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

// Where a package that depends on Amalgam finds libtorch: `make setup` and `make install` write this header beside amalgam-libtorch.pc.
#if __has_include(<amalgam_libtorch.h>)
#include <amalgam_libtorch.h>
#endif

#define BRIDGE "libCTorchBridge.so"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const amg_torch *table;

static bool fail(amg_error *error, const char *format, ...) {
    if (!error) return false;
    va_list arguments;
    va_start(arguments, format);
    error->code = AMG_OTHER;
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return false;
}

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/// Writes `folder/name` into `path`; whether there is such a file.
static bool exists(char path[PATH_MAX], const char *folder, const char *name) {
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return length > 0 && length < PATH_MAX && access(path, R_OK) == 0;
}

/// Cuts the last `count` components off.
static bool cut(char *path, int count) {
    for (; count > 0; count--) {
        char *slash = strrchr(path, '/');
        if (!slash) return false;
        *slash = 0;
    }
    return true;
}

/// The bridge: `$AMALGAM_TORCH_BRIDGE`, else beside the running program, else beside the object that holds this function (a test bundle).
static bool find_bridge(char path[PATH_MAX], amg_error *error) {
    const char *named = setting("AMALGAM_TORCH_BRIDGE");
    if (named) {
        if (realpath(named, path)) return true;
        return fail(error, "AMALGAM_TORCH_BRIDGE names %s, which cannot be read", named);
    }
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = 0;
        if (cut(program, 1) && exists(path, program, BRIDGE)) return true;
    }
    Dl_info here;
    char object[PATH_MAX];
    if (dladdr((void *)amg_torch_load, &here) && here.dli_fname && realpath(here.dli_fname, object) && cut(object, 1) && exists(path, object, BRIDGE)) {
        return true;
    }
    return fail(error, BRIDGE " is not beside the program: run `swift build --product CTorchBridge` with the program's own options");
}

/// The folder of libtorch's libraries: `$AMALGAM_LIBTORCH/lib` or `$LIBTORCH/lib`, else `libtorch/lib` beside the bridge (`make install`),
/// else the place known when this file was compiled.
static bool find_libtorch(char folder[PATH_MAX], const char *bridge, amg_error *error) {
    char library[PATH_MAX], beside[PATH_MAX], source[PATH_MAX];
    for (const char **name = (const char *[]){"AMALGAM_LIBTORCH", "LIBTORCH", NULL}; *name; name++) {
        const char *value = setting(*name);
        if (!value) continue;
        snprintf(folder, PATH_MAX, "%s/lib", value);
        if (exists(library, folder, "libtorch_cpu.so")) return true;
        return fail(error, "%s names %s, which has no lib/libtorch_cpu.so", *name, value);
    }
    snprintf(beside, sizeof beside, "%s", bridge);
    if (cut(beside, 1) && exists(folder, beside, "libtorch/lib") && exists(library, folder, "libtorch_cpu.so")) return true;
#ifdef AMALGAM_LIBTORCH_LIBRARIES
    snprintf(folder, PATH_MAX, "%s", AMALGAM_LIBTORCH_LIBRARIES);
    if (exists(library, folder, "libtorch_cpu.so")) return true;
#endif
    // This file is Sources/CTorchInterface/load.c of a checkout in which `make setup` was run.
    snprintf(source, sizeof source, "%s", __FILE__);
    if (cut(source, 3) && exists(folder, source, ".deps/libtorch/lib") && exists(library, folder, "libtorch_cpu.so")) return true;
    return fail(error, "there is no libtorch in %s/libtorch or %s/.deps/libtorch: run `make setup` in the folder of Amalgam, or set LIBTORCH to an unpacked libtorch",
                beside, source);
}

/// Opens one library of libtorch so that those opened later find its symbols.
static bool open_library(const char *folder, const char *name, amg_error *error) {
    char path[PATH_MAX];
    if (!exists(path, folder, name)) return fail(error, "%s is missing: run `make setup` again, or set LIBTORCH to an unpacked libtorch", path);
    if (dlopen(path, RTLD_NOW | RTLD_GLOBAL)) return true;
    return fail(error, "%s cannot be loaded: %s", name, dlerror());
}

static const amg_torch *load(amg_error *error) {
    char bridge[PATH_MAX], folder[PATH_MAX], path[PATH_MAX];
    // The Python package looks for torch itself, and says here why it found none that fits.
    const char *problem = setting("AMALGAM_TORCH_PROBLEM");
    if (problem) {
        fail(error, "%s", problem);
        return NULL;
    }
    if (!find_bridge(bridge, error) || !find_libtorch(folder, bridge, error)) return NULL;
    if (!open_library(folder, "libc10.so", error) || !open_library(folder, "libtorch_cpu.so", error)) return NULL;
    // A CUDA build registers its kernels as it is loaded.
    if (exists(path, folder, "libtorch_cuda.so") && !(open_library(folder, "libc10_cuda.so", error) && open_library(folder, "libtorch_cuda.so", error))) return NULL;
    void *handle = dlopen(bridge, RTLD_NOW | RTLD_LOCAL);
    const amg_torch *(*entry)(void) = handle ? (const amg_torch *(*)(void))dlsym(handle, "amg_torch_table") : NULL;
    if (!entry) {
        fail(error, BRIDGE " does not fit the libtorch in %s: %s; build it again after `make setup`", folder, dlerror());
        return NULL;
    }
    // libtorch takes and returns a large buffer for every operation. Left to itself the allocator gives each back to the kernel, which
    // clears every page anew: a quarter of the time of evaluating a narrow convolutional network.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    return entry();
}

const amg_torch *amg_torch_load(amg_error *error) {
    pthread_mutex_lock(&lock);
    if (!table) table = load(error);
    const amg_torch *result = table;
    pthread_mutex_unlock(&lock);
    return result;
}

bool amg_end_with(int parent) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}
