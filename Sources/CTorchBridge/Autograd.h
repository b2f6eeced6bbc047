#pragma once
#include "Errors.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <c10/core/GradMode.h>

namespace amalgam {

inline bool gradients(const amg_tensor_ref *outputs, int output_count, const amg_tensor_ref *inputs, int input_count,
               bool keep_graph, bool record, amg_tensor_ref *results, amg_error *error) {
    return guarded(error, false, [&] {
        torch::autograd::variable_list of, by;
        for (int i = 0; i < output_count; i++) of.push_back(outputs[i]->tensor);
        for (int i = 0; i < input_count; i++) by.push_back(inputs[i]->tensor);
        auto found = torch::autograd::grad(of, by, {}, keep_graph, record, true);
        for (int i = 0; i < input_count; i++) results[i] = found[i].defined() ? new amg_tensor{found[i]} : nullptr;
        return true;
    });
}

inline bool set_recording(bool on) {
    bool before = c10::GradMode::is_enabled();
    c10::GradMode::set_enabled(on);
    return before;
}

inline bool set_mixed_precision(int64_t packed, bool on) {
    auto type = device(packed).type();
    bool before = at::autocast::is_autocast_enabled(type);
    at::autocast::set_autocast_dtype(type, at::kBFloat16);
    at::autocast::set_autocast_enabled(type, on);
    // Weights that were converted inside are of no use outside.
    if (!on) at::autocast::clear_cache();
    return before;
}

}  // namespace amalgam
