#pragma once
#include <stddef.h>
#include <stdint.h>

// The inner loops of Transport where a wider instruction set pays (docs/transport.md has the factors).
//
// Every function takes the level it runs at: 0 baseline, 1 AVX2, 2 AVX-512; `ck_best_level` says which of them this
// machine has. All levels work on eight lanes in one order and without fused multiply-add (except `ck_products`),
// so that they give the same bits, and the same bits as their Swift twins in Sources/Transport/Kernels.

#ifdef __cplusplus
extern "C" {
#endif

/// The widest level this processor can run.
int32_t ck_best_level(void);

/// Shortest-path relaxation of one row: where base + cost[j] - price[j] < distance[j], stores it and `row` as predecessor.
/// Scanned columns hold -infinity and never change. Returns the least distance of an unscanned column and its first index
/// (+infinity and -1 when there is none).
double ck_relax(int32_t level, const double *cost, const double *price, int64_t count, double base, int64_t row,
                double *distance, int64_t *predecessor, int64_t *index);

/// Least cost[j] - price[j] and its first index.
double ck_least(int32_t level, const double *cost, const double *price, int64_t count, int64_t *index);

/// Least and second least cost[j] - price[j] and the first index of the least (second is +infinity when count is 1).
double ck_two_least(int32_t level, const double *cost, const double *price, int64_t count, double *second, int64_t *index);

/// least[j] = min(least[j], cost[j]). Returns the largest |cost[j]|, +infinity where one of them is NaN or infinite.
double ck_column_least(int32_t level, const double *cost, double *least, int64_t count);

/// kernel[j] = exp((row + column[j] - cost[j]) / scale); returns the sum.
double ck_gibbs_row(int32_t level, const double *cost, const double *column, int64_t count, double row, double scale,
                    double *kernel);

/// Largest (column[j] - cost[j]) / scale and, in `sum`, the sum of exp of the differences from it.
double ck_log_sum_exp(int32_t level, const double *cost, const double *column, int64_t count, double scale, double *sum);

/// Sum of x[j] * y[j].
double ck_dot(int32_t level, const double *x, const double *y, int64_t count);

/// y[j] += factor * x[j].
void ck_add_scaled(int32_t level, double factor, const double *x, double *y, int64_t count);

/// Six rows against eight columns: result[6][8] += left . right, where left is packed [depth][6] and right [depth][8].
void ck_products(int32_t level, const double *left, const double *right, int64_t depth, double *result);

#ifdef __cplusplus
}
#endif
