// The table that Swift sees: tensors over foreign memory, their shapes, generators, threads.
//
// The bridge is one source file and links no libtorch: `amg_torch_load` opens libtorch's libraries first, and the loader finds their
// symbols when it opens this one.
#if !__has_include(<ATen/ATen.h>)
#pragma clang diagnostic fatal "-W#warnings"
#warning "the headers of libtorch were not found: run `make setup` in the folder of Amalgam; a package that depends on Amalgam also sets PKG_CONFIG_PATH (docs/library.md)"
#endif

#include "Autograd.h"
#include "Call.h"
#include "Processes.h"
#include "TiledConvolution.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <torch/version.h>

namespace amalgam {
namespace {

amg_tensor_ref wrap(void *data, int dtype, const int64_t *sizes, const int64_t *strides, int dimensions,
                    amg_release release, void *context, amg_error *error) {
    bool owned = false;  // from here on libtorch runs `release`
    auto result = guarded(error, amg_tensor_ref(nullptr), [&]() -> amg_tensor_ref {
        auto options = at::TensorOptions().dtype(at::ScalarType(dtype));
        at::IntArrayRef shape(sizes, dimensions);
        auto done = [release, context](void *) { if (release) release(context); };
        int64_t count = 1;
        for (int i = 0; i < dimensions; i++) count *= sizes[i];
        if (count == 0) {  // from_blob keeps nothing for an empty tensor
            auto hollow = new amg_tensor{at::empty(shape, options, std::nullopt)};
            done(nullptr);
            owned = true;
            return hollow;
        }
        auto made = strides ? at::from_blob(data, shape, at::IntArrayRef(strides, dimensions), done, options)
                            : at::from_blob(data, shape, done, options);
        owned = true;
        return new amg_tensor{made};
    });
    if (!result && !owned && release) release(context);
    return result;
}

const amg_torch table = {
    .version = [] { return TORCH_VERSION; },
    .cuda_devices = [] {
        return guarded(nullptr, 0, [] {
            if (!at::detail::getCUDAHooks().hasCUDART()) return -1;
            return at::hasCUDA() ? int(at::detail::getCUDAHooks().deviceCount()) : 0;
        });
    },
    .set_threads = [](int count) { at::set_num_threads(count); },
    .threads = [] { return at::get_num_threads(); },
    .find = find,
    .signature = signature,
    .call = call,
    .wrap = wrap,
    .release = [](amg_tensor_ref tensor) { delete tensor; },
    .data = [](amg_tensor_ref tensor) { return tensor->tensor.data_ptr(); },
    .dimensions = [](amg_tensor_ref tensor) { return int(tensor->tensor.dim()); },
    .shape = [](amg_tensor_ref tensor, int64_t *sizes, int64_t *strides) {
        for (int64_t i = 0; i < tensor->tensor.dim(); i++) {
            sizes[i] = tensor->tensor.size(i);
            if (strides) strides[i] = tensor->tensor.stride(i);
        }
    },
    .dtype = [](amg_tensor_ref tensor) { return int(tensor->tensor.scalar_type()); },
    .device = [](amg_tensor_ref tensor) { return packed(tensor->tensor.device()); },
    .is_contiguous = [](amg_tensor_ref tensor) { return tensor->tensor.is_contiguous(); },
    .requires_gradient = [](amg_tensor_ref tensor) { return tensor->tensor.requires_grad(); },
    .set_requires_gradient = [](amg_tensor_ref tensor, bool on, amg_error *error) {
        return guarded(error, false, [&] { tensor->tensor.requires_grad_(on); return true; });
    },
    .gradients = gradients,
    .set_recording = set_recording,
    .set_mixed_precision = set_mixed_precision,
    .make_generator = [](uint64_t seed, amg_error *error) {
        return guarded(error, amg_generator_ref(nullptr), [&] { return new amg_generator{at::detail::createCPUGenerator(seed)}; });
    },
    .release_generator = [](amg_generator_ref generator) { delete generator; },
    .can_group = AMALGAM_PROCESSES != 0,
    .open_store = open_store,
    .release_store = release_store,
    .store_set = store_set,
    .store_get = store_get,
    .store_add = store_add,
    .make_group = make_group,
    .release_group = release_group,
    .broadcast = broadcast,
    .sum_over = sum_over,
};

}  // namespace
}  // namespace amalgam

extern "C" __attribute__((visibility("default"))) const amg_torch *amg_torch_table(void) { return &amalgam::table; }
