#pragma once
#include "CTorchInterface.h"

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/util/Exception.h>

#include <cstdio>
#include <cstring>
#include <new>

struct amg_tensor { at::Tensor tensor; };
struct amg_generator { at::Generator generator; };

namespace amalgam {

inline void fail(amg_error *error, amg_code code, const char *message) {
    if (!error) return;
    error->code = code;
    std::snprintf(error->message, sizeof error->message, "%s", message);
}

/// Runs `body`; an exception becomes a code and a message, and `otherwise` is returned.
template <typename Result, typename Body>
Result guarded(amg_error *error, Result otherwise, Body &&body) noexcept {
    try {
        return body();
    } catch (const c10::OutOfMemoryError &e) { fail(error, AMG_OUT_OF_MEMORY, e.what_without_backtrace());
    } catch (const c10::IndexError &e) { fail(error, AMG_INDEX, e.what_without_backtrace());
    } catch (const c10::ValueError &e) { fail(error, AMG_VALUE, e.what_without_backtrace());
    } catch (const c10::NotImplementedError &e) { fail(error, AMG_NOT_IMPLEMENTED, e.what_without_backtrace());
    } catch (const c10::LinAlgError &e) { fail(error, AMG_LINEAR_ALGEBRA, e.what_without_backtrace());
    } catch (const c10::Error &e) {
        bool memory = std::strstr(e.what_without_backtrace(), "not enough memory") != nullptr;
        fail(error, memory ? AMG_OUT_OF_MEMORY : AMG_TORCH, e.what_without_backtrace());
    } catch (const std::bad_alloc &e) { fail(error, AMG_OUT_OF_MEMORY, e.what());
    } catch (const std::exception &e) { fail(error, AMG_OTHER, e.what());
    } catch (...) { fail(error, AMG_OTHER, "an exception of unknown type"); }
    return otherwise;
}

inline int64_t packed(c10::Device device) {
    return (int64_t(device.type()) << 8) | (int64_t(device.index()) + 1);
}

inline c10::Device device(int64_t packed) {
    return c10::Device(c10::DeviceType(packed >> 8), c10::DeviceIndex((packed & 0xff) - 1));
}

}  // namespace amalgam
