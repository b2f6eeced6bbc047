// The C face of libtorch: types and one table of functions.
//
// `CTorchBridge`, a shared library over libtorch, fills the table; this target only knows its shape and how to load both. No exception and no C++ type crosses the line. Operations are not listed here: they are found by their ATen name in
// libtorch's own registry, which knows each signature and default, so that Swift declares an operation in one line.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct amg_tensor *amg_tensor_ref;
typedef struct amg_generator *amg_generator_ref;
typedef const struct amg_operation *amg_operation_ref;
typedef struct amg_store *amg_store_ref;
typedef struct amg_group *amg_group_ref;

/// What an argument or a result holds. `AMG_DEFAULT` takes the default that the operation's signature declares.
typedef enum {
    AMG_DEFAULT, AMG_NONE, AMG_TENSOR, AMG_TENSORS, AMG_INT, AMG_INTS, AMG_DOUBLE, AMG_DOUBLES, AMG_BOOL, AMG_BOOLS,
    AMG_STRING, AMG_DTYPE, AMG_DEVICE, AMG_GENERATOR
} amg_tag;

typedef struct {
    amg_tag tag;
    int64_t count;  // of a list
    union {
        int64_t integer;  // also bool, dtype, and device as (type << 8 | index + 1)
        double real;
        amg_tensor_ref tensor;
        amg_generator_ref generator;
        const amg_tensor_ref *tensors;  // an entry may be null where the operation takes optional tensors
        const int64_t *integers;        // also bools
        const double *reals;
        const char *string;
    };
} amg_value;

typedef enum { AMG_OK, AMG_OUT_OF_MEMORY, AMG_INDEX, AMG_VALUE, AMG_NOT_IMPLEMENTED, AMG_LINEAR_ALGEBRA, AMG_TORCH, AMG_OTHER } amg_code;

typedef struct {
    amg_code code;
    char message[1500];
} amg_error;

typedef void (*amg_release)(void *context);

/// Every function that can fail takes an `amg_error` and returns false (or null) after filling it.
typedef struct {
    const char *(*version)(void);
    int (*cuda_devices)(void);
    void (*set_threads)(int count);
    int (*threads)(void);

    amg_operation_ref (*find)(const char *name, const char *overload, amg_error *error);
    /// Writes the operation's signature, as libtorch's registry has it; returns its length, which may be more than there is room for.
    int (*signature)(amg_operation_ref operation, char *text, int capacity);
    /// Results are written in order; a result that is a list of tensors is written tensor by tensor.
    bool (*call)(amg_operation_ref operation, const amg_value *arguments, int argument_count,
                 amg_value *results, int capacity, int *result_count, amg_error *error);

    /// Wraps memory without copying it; `release(context)` runs once, when the last tensor on it is gone.
    amg_tensor_ref (*wrap)(void *data, int dtype, const int64_t *sizes, const int64_t *strides, int dimensions,
                           amg_release release, void *context, amg_error *error);
    void (*release)(amg_tensor_ref tensor);
    void *(*data)(amg_tensor_ref tensor);
    int (*dimensions)(amg_tensor_ref tensor);
    void (*shape)(amg_tensor_ref tensor, int64_t *sizes, int64_t *strides);
    int (*dtype)(amg_tensor_ref tensor);
    int64_t (*device)(amg_tensor_ref tensor);
    bool (*is_contiguous)(amg_tensor_ref tensor);

    bool (*requires_gradient)(amg_tensor_ref tensor);
    bool (*set_requires_gradient)(amg_tensor_ref tensor, bool on, amg_error *error);
    /// Gradients of the sum of `outputs` with respect to `inputs`; a null entry where an input has no part in them.
    /// With `record` the gradients can themselves be differentiated.
    bool (*gradients)(const amg_tensor_ref *outputs, int output_count, const amg_tensor_ref *inputs, int input_count,
                      bool keep_graph, bool record, amg_tensor_ref *results, amg_error *error);
    /// Whether operations on this thread are recorded for differentiation; returns the earlier setting.
    bool (*set_recording)(bool on);
    /// Whether products and convolutions of this thread on a device of this kind are computed in bf16 (autocast); returns the earlier setting.
    bool (*set_mixed_precision)(int64_t device, bool on);

    amg_generator_ref (*make_generator)(uint64_t seed, amg_error *error);
    void (*release_generator)(amg_generator_ref generator);

    /// Whether this libtorch has process groups; where not, the functions below fail.
    bool can_group;
    /// A table of keys that several processes share: at a port of the host `place`, where one of them `serves`, or in the file `place` where the port is negative.
    amg_store_ref (*open_store)(const char *place, int port, bool serves, int size, int64_t milliseconds, amg_error *error);
    void (*release_store)(amg_store_ref store);
    bool (*store_set)(amg_store_ref store, const char *key, const void *bytes, int64_t count, amg_error *error);
    /// The length of what a key holds, of which at most `capacity` bytes are written; -1 where there is no such key, -2 after an error.
    int64_t (*store_get)(amg_store_ref store, const char *key, void *bytes, int64_t capacity, amg_error *error);
    /// Adds to a counter, 0 before; returns it, or -1 after an error.
    int64_t (*store_add)(amg_store_ref store, const char *key, int64_t amount, amg_error *error);
    /// Joins the processes that meet in a store, by keys that begin with `prefix`. `network` is the address by which the others reach this machine, or its network interface.
    amg_group_ref (*make_group)(amg_store_ref store, const char *prefix, int rank, int size, const char *network, bool is_interface, int64_t milliseconds,
                                amg_error *error);
    void (*release_group)(amg_group_ref group);
    /// Gives every process the numbers that `root` has in its tensor, in the memory of theirs; all have one type and shape.
    bool (*broadcast)(amg_group_ref group, amg_tensor_ref tensor, int root, amg_error *error);
    /// Gives every process the sum over all, in the memory of its tensor; all have one type and shape.
    bool (*sum_over)(amg_group_ref group, amg_tensor_ref tensor, amg_error *error);
} amg_torch;

/// The table of the bridge; null, with the reason and what to do in `error`, when it cannot be loaded.
///
/// The first call (about 0.15 s) opens libtorch from `$AMALGAM_LIBTORCH` or `$LIBTORCH`, beside the bridge, or from where `make setup` put it;
/// then the bridge from `$AMALGAM_TORCH_BRIDGE`, beside the running program, or beside the object that holds this function.
const amg_torch *amg_torch_load(amg_error *error);

/// From now on the end of the process that started this one, `parent`, is the end of this one too; false where it has ended before.
bool amg_end_with(int parent);

#ifdef __cplusplus
}
#endif
