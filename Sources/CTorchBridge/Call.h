// Calls any ATen operation by name through libtorch's dispatcher: arguments are boxed as the signature asks, defaults filled in.
#pragma once
#include "Errors.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/List.h>

struct amg_operation {
    c10::OperatorHandle handle;
};

namespace amalgam {

namespace {

/// The type inside `T?`.
c10::TypePtr unwrapped(const c10::TypePtr &type) {
    auto optional = type->cast<c10::OptionalType>();
    return optional ? optional->getElementType() : type;
}

c10::IValue boxed_tensors(const amg_value &value, const c10::TypePtr &type) {
    auto list = type->cast<c10::ListType>();
    if (list && list->getElementType()->kind() == c10::TypeKind::OptionalType) {
        c10::List<std::optional<at::Tensor>> tensors;
        for (int64_t i = 0; i < value.count; i++) {
            tensors.push_back(value.tensors[i] ? std::optional<at::Tensor>(value.tensors[i]->tensor) : std::nullopt);
        }
        return tensors;
    }
    c10::List<at::Tensor> tensors;
    for (int64_t i = 0; i < value.count; i++) tensors.push_back(value.tensors[i]->tensor);
    return tensors;
}

c10::IValue boxed(const amg_value &value, const c10::Argument &argument) {
    auto type = unwrapped(argument.real_type());
    switch (value.tag) {
    case AMG_DEFAULT:
        TORCH_CHECK(argument.default_value().has_value(), "argument '", argument.name(), "' has no default");
        return *argument.default_value();
    case AMG_NONE: return {};
    case AMG_TENSOR: return value.tensor->tensor;
    case AMG_TENSORS: return boxed_tensors(value, type);
    case AMG_INT:
        if (type->kind() == c10::TypeKind::FloatType) return double(value.integer);
        return value.integer;
    case AMG_INTS: {
        // An empty list says nothing of its elements, and whole numbers stand for others where the signature asks for those.
        auto list = type->cast<c10::ListType>();
        auto element = list ? list->getElementType()->kind() : c10::TypeKind::IntType;
        if (element == c10::TypeKind::FloatType) {
            c10::List<double> reals;
            for (int64_t i = 0; i < value.count; i++) reals.push_back(double(value.integers[i]));
            return reals;
        }
        if (value.count == 0 && element == c10::TypeKind::TensorType) return c10::List<at::Tensor>();
        c10::List<int64_t> integers;
        for (int64_t i = 0; i < value.count; i++) integers.push_back(value.integers[i]);
        return integers;
    }
    case AMG_DOUBLE: return value.real;
    case AMG_DOUBLES: {
        c10::List<double> reals;
        for (int64_t i = 0; i < value.count; i++) reals.push_back(value.reals[i]);
        return reals;
    }
    case AMG_BOOL: return value.integer != 0;
    case AMG_BOOLS: {
        c10::List<bool> flags;
        for (int64_t i = 0; i < value.count; i++) flags.push_back(value.integers[i] != 0);
        return flags;
    }
    case AMG_STRING: return std::string(value.string);
    case AMG_DTYPE: return value.integer;
    case AMG_DEVICE: return device(value.integer);
    case AMG_GENERATOR: return value.generator->generator;
    }
    TORCH_CHECK(false, "an argument of unknown kind ", int(value.tag));
}

void unbox(const c10::IValue &value, amg_value *results, int capacity, int &count) {
    TORCH_CHECK(count < capacity || value.isList(), "more results than there is room for (", capacity, ")");
    if (value.isTensor()) {
        const at::Tensor &tensor = value.toTensor();
        results[count].tag = tensor.defined() ? AMG_TENSOR : AMG_NONE;
        results[count++].tensor = tensor.defined() ? new amg_tensor{tensor} : nullptr;
    } else if (value.isTensorList()) {
        for (const at::Tensor &tensor : value.toTensorVector()) unbox(tensor, results, capacity, count);
    } else if (value.isInt()) {
        results[count].tag = AMG_INT;
        results[count++].integer = value.toInt();
    } else if (value.isDouble()) {
        results[count].tag = AMG_DOUBLE;
        results[count++].real = value.toDouble();
    } else if (value.isBool()) {
        results[count].tag = AMG_BOOL;
        results[count++].integer = value.toBool();
    } else {
        TORCH_CHECK(false, "a result of type ", value.tagKind(), " cannot be passed on");
    }
}

}  // namespace

inline amg_operation_ref find(const char *name, const char *overload, amg_error *error) {
    return guarded(error, amg_operation_ref(nullptr), [&]() -> amg_operation_ref {
        return new amg_operation{c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)};
    });
}

inline int signature(amg_operation_ref operation, char *text, int capacity) {
    return guarded(nullptr, 0, [&] { return std::snprintf(text, size_t(capacity), "%s", c10::toString(operation->handle.schema()).c_str()); });
}

inline bool call(amg_operation_ref operation, const amg_value *arguments, int argument_count,
          amg_value *results, int capacity, int *result_count, amg_error *error) {
    int count = 0;
    bool done = guarded(error, false, [&] {
        const auto &schema = operation->handle.schema().arguments();
        TORCH_CHECK(size_t(argument_count) <= schema.size(), operation->handle.operator_name(), " takes ", schema.size(),
                    " arguments, got ", argument_count);
        torch::jit::Stack stack;
        stack.reserve(schema.size());
        const amg_value by_default{AMG_DEFAULT, 0, {0}};
        for (size_t i = 0; i < schema.size(); i++) {
            stack.push_back(boxed(i < size_t(argument_count) ? arguments[i] : by_default, schema[i]));
        }
        operation->handle.callBoxed(stack);
        for (const auto &value : stack) unbox(value, results, capacity, count);
        return true;
    });
    if (!done) {
        for (int i = 0; i < count; i++) {
            if (results[i].tag == AMG_TENSOR) delete results[i].tensor;
        }
        count = 0;
    }
    *result_count = count;
    return done;
}

}  // namespace amalgam
