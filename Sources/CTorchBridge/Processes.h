// Process groups: c10d's stores, where processes meet, and its Gloo backend, by which tensors go between them.
//
// A libtorch without these headers gives a bridge without process groups: `can_group` says so.
#pragma once
#include "Errors.h"

#if defined(__linux__) && __has_include(<torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>)
#define AMALGAM_PROCESSES 1
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#else
#define AMALGAM_PROCESSES 0
#endif

#if AMALGAM_PROCESSES
struct amg_store { c10::intrusive_ptr<c10d::Store> store; };
struct amg_group { c10::intrusive_ptr<c10d::ProcessGroupGloo> group; };
#endif

namespace amalgam {

#if AMALGAM_PROCESSES

/// - Parameter port: of the host `place`; negative where `place` is a file.
inline amg_store_ref open_store(const char *place, int port, bool serves, int size, int64_t milliseconds, amg_error *error) {
    return guarded(error, amg_store_ref(nullptr), [&]() -> amg_store_ref {
        std::chrono::milliseconds timeout(milliseconds);
        c10::intrusive_ptr<c10d::Store> store;
        if (port < 0) {
            store = c10::make_intrusive<c10d::FileStore>(std::string(place), size);
        } else {
            c10d::TCPStoreOptions options;
            options.port = uint16_t(port);
            options.isServer = serves;
            options.waitWorkers = false;
            options.timeout = timeout;
            store = c10::make_intrusive<c10d::TCPStore>(std::string(place), options);
        }
        store->setTimeout(timeout);
        return new amg_store{store};
    });
}

inline void release_store(amg_store_ref store) {
    guarded(nullptr, false, [&] { delete store; return true; });
}

inline bool store_set(amg_store_ref store, const char *key, const void *bytes, int64_t count, amg_error *error) {
    return guarded(error, false, [&] {
        auto start = static_cast<const uint8_t *>(bytes);
        store->store->set(key, std::vector<uint8_t>(start, start + count));
        return true;
    });
}

/// The length of what a key holds, of which at most `capacity` bytes are written; −1 where there is no such key, −2 after an error.
inline int64_t store_get(amg_store_ref store, const char *key, void *bytes, int64_t capacity, amg_error *error) {
    return guarded(error, int64_t(-2), [&]() -> int64_t {
        if (!store->store->check({std::string(key)})) return -1;
        auto value = store->store->get(key);
        if (capacity > 0 && !value.empty()) std::memcpy(bytes, value.data(), std::min(size_t(capacity), value.size()));
        return int64_t(value.size());
    });
}

/// Adds to a counter, 0 before; returns it, or −1 after an error.
inline int64_t store_add(amg_store_ref store, const char *key, int64_t amount, amg_error *error) {
    return guarded(error, int64_t(-1), [&] { return store->store->add(key, amount); });
}

/// - Parameters:
///   - prefix: of the keys that the group uses.
///   - network: by which address or name this machine is reached, or its network interface where `is_interface`.
inline amg_group_ref make_group(amg_store_ref store, const char *prefix, int rank, int size, const char *network, bool is_interface, int64_t milliseconds,
                                amg_error *error) {
    return guarded(error, amg_group_ref(nullptr), [&]() -> amg_group_ref {
        auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::milliseconds(milliseconds));
        options->devices.push_back(is_interface ? c10d::ProcessGroupGloo::createDeviceForInterface(network)
                                                : c10d::ProcessGroupGloo::createDeviceForHostname(network));
        auto own = c10::make_intrusive<c10d::PrefixStore>(std::string(prefix), store->store);
        return new amg_group{c10::make_intrusive<c10d::ProcessGroupGloo>(own, rank, size, options)};
    });
}

inline void release_group(amg_group_ref group) {
    guarded(nullptr, false, [&] { delete group; return true; });
}

/// Gives every process the numbers that `root` has in its tensor, in the memory of theirs.
inline bool broadcast(amg_group_ref group, amg_tensor_ref tensor, int root, amg_error *error) {
    return guarded(error, false, [&] {
        std::vector<at::Tensor> tensors{tensor->tensor};
        c10d::BroadcastOptions options;
        options.rootRank = root;
        return group->group->broadcast(tensors, options)->wait();
    });
}

/// Gives every process the sum over all, in the memory of its tensor.
inline bool sum_over(amg_group_ref group, amg_tensor_ref tensor, amg_error *error) {
    return guarded(error, false, [&] {
        std::vector<at::Tensor> tensors{tensor->tensor};
        return group->group->allreduce(tensors)->wait();
    });
}

#else

inline bool none(amg_error *error) {
    fail(error, AMG_NOT_IMPLEMENTED, "this libtorch has no process groups");
    return false;
}

inline amg_store_ref open_store(const char *, int, bool, int, int64_t, amg_error *error) { none(error); return nullptr; }
inline void release_store(amg_store_ref) {}
inline bool store_set(amg_store_ref, const char *, const void *, int64_t, amg_error *error) { return none(error); }
inline int64_t store_get(amg_store_ref, const char *, void *, int64_t, amg_error *error) { none(error); return -2; }
inline int64_t store_add(amg_store_ref, const char *, int64_t, amg_error *error) { none(error); return -1; }
inline amg_group_ref make_group(amg_store_ref, const char *, int, int, const char *, bool, int64_t, amg_error *error) { none(error); return nullptr; }
inline void release_group(amg_group_ref) {}
inline bool broadcast(amg_group_ref, amg_tensor_ref, int, amg_error *error) { return none(error); }
inline bool sum_over(amg_group_ref, amg_tensor_ref, amg_error *error) { return none(error); }

#endif

}  // namespace amalgam
