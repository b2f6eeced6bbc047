// Bodies are written once over eight lanes and instantiated for each level; see include/CKernels.h for what each does.

#include "CKernels.h"

#include <cmath>
#include <cstring>
#include <limits>

#pragma clang fp contract(off)

namespace {

typedef double Lanes __attribute__((vector_size(64)));
typedef int64_t Mask __attribute__((vector_size(64)));

constexpr int64_t width = 8;
constexpr double infinity = std::numeric_limits<double>::infinity();

#define INLINE __attribute__((always_inline)) inline

INLINE void load(const double *from, Lanes &to) { memcpy(&to, from, sizeof(Lanes)); }
INLINE void load(const int64_t *from, Mask &to) { memcpy(&to, from, sizeof(Mask)); }
INLINE void store(const Lanes &from, double *to) { memcpy(to, &from, sizeof(Lanes)); }
INLINE void store(const Mask &from, int64_t *to) { memcpy(to, &from, sizeof(Mask)); }
INLINE double least(const Lanes &lanes) {
    double result = lanes[0];
    for (int lane = 1; lane < width; lane++) result = lanes[lane] < result ? lanes[lane] : result;
    return result;
}
INLINE double sum(const Lanes &lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

// The first index at which a vector expression has a value that is known to occur; whole groups are passed over at once.
template <class Group> INLINE int64_t firstIndex(int64_t count, double value, Group group) {
    int64_t j = 0;
    for (; j + width <= count; j += width) {
        Lanes lanes;
        group(j, lanes);
        Mask same = lanes == value;
        if (__builtin_reduce_or(same)) break;
    }
    return j;
}

// MARK: Shortest paths and pricing

INLINE double relax(const double *cost, const double *price, int64_t count, double base, int64_t row, double *distance,
                    int64_t *predecessor, int64_t *index) {
    Lanes best = Lanes{} + infinity, open = Lanes{} + infinity;
    const Mask rows = Mask{} + row;
    int64_t j = 0;
    for (; j + width <= count; j += width) {
        Lanes c, p, d;
        load(cost + j, c);
        load(price + j, p);
        load(distance + j, d);
        Lanes candidate = (c - p) + base;
        Mask better = candidate < d;
        if (__builtin_reduce_or(better)) {
            Mask before;
            load(predecessor + j, before);
            d = better ? candidate : d;
            store(d, distance + j);
            store(better ? rows : before, predecessor + j);
        }
        Lanes seen = d == -infinity ? open : d;
        best = seen < best ? seen : best;
    }
    double result = least(best);
    for (; j < count; j++) {
        double candidate = (cost[j] - price[j]) + base;
        if (candidate < distance[j]) {
            distance[j] = candidate;
            predecessor[j] = row;
        }
        if (distance[j] != -infinity && distance[j] < result) result = distance[j];
    }
    *index = -1;
    if (result < infinity) {
        j = firstIndex(count, result, [&](int64_t at, Lanes &d) __attribute__((always_inline)) { load(distance + at, d); });
        while (distance[j] != result) j++;
        *index = j;
    }
    return result;
}

INLINE int64_t firstDifference(const double *cost, const double *price, int64_t count, double value) {
    int64_t j = firstIndex(count, value, [&](int64_t at, Lanes &difference) __attribute__((always_inline)) {
        Lanes p;
        load(cost + at, difference);
        load(price + at, p);
        difference = difference - p;
    });
    while (cost[j] - price[j] != value) j++;
    return j;
}

INLINE double twoLeast(const double *cost, const double *price, int64_t count, double *second, int64_t *index) {
    Lanes first = Lanes{} + infinity, next = Lanes{} + infinity;
    int64_t j = 0;
    for (; j + width <= count; j += width) {
        Lanes c, p;
        load(cost + j, c);
        load(price + j, p);
        Lanes value = c - p;
        Lanes larger = value < first ? first : value;
        first = value < first ? value : first;
        next = larger < next ? larger : next;
    }
    double one = infinity, two = infinity;
    auto take = [&](double value) {
        if (value < one) {
            two = one;
            one = value;
        } else if (value < two) {
            two = value;
        }
    };
    for (int lane = 0; lane < width; lane++) {
        take(first[lane]);
        take(next[lane]);
    }
    for (; j < count; j++) take(cost[j] - price[j]);
    *second = two;
    *index = -1;
    if (one < infinity) {
        j = firstDifference(cost, price, count, one);
        *index = j;
    }
    return one;
}

INLINE double leastDifference(const double *cost, const double *price, int64_t count, int64_t *index) {
    Lanes best = Lanes{} + infinity, other = Lanes{} + infinity;
    int64_t j = 0;
    for (; j + 2 * width <= count; j += 2 * width) {
        Lanes c, p, c2, p2;
        load(cost + j, c);
        load(price + j, p);
        load(cost + j + width, c2);
        load(price + j + width, p2);
        Lanes value = c - p, value2 = c2 - p2;
        best = value < best ? value : best;
        other = value2 < other ? value2 : other;
    }
    best = other < best ? other : best;
    double result = least(best);
    for (; j < count; j++) result = cost[j] - price[j] < result ? cost[j] - price[j] : result;
    *index = -1;
    if (result < infinity) {
        j = firstDifference(cost, price, count, result);
        *index = j;
    }
    return result;
}

INLINE double columnLeast(const double *cost, double *least, int64_t count) {
    Lanes largest = Lanes{}, sums = Lanes{};
    int64_t j = 0;
    for (; j + width <= count; j += width) {
        Lanes c, l;
        load(cost + j, c);
        load(least + j, l);
        store(c < l ? c : l, least + j);
        Lanes size = c < 0 ? -c : c;
        largest = size > largest ? size : largest;
        sums = sums + (c - c);
    }
    double result = 0, check = sum(sums);
    for (int lane = 0; lane < width; lane++) result = largest[lane] > result ? largest[lane] : result;
    for (; j < count; j++) {
        least[j] = cost[j] < least[j] ? cost[j] : least[j];
        double size = cost[j] < 0 ? -cost[j] : cost[j];
        result = size > result ? size : result;
        check = check + (cost[j] - cost[j]);
    }
    return check == 0 ? result : infinity;  // NaN and infinities leave NaN in the check
}

// MARK: Exponentials

// exp(x) = 2^k exp(r) with |r| <= ln2/2 and a Taylor polynomial of degree 13 (error below 1e-17 on that interval).
// Below -708 the result is 0, above 709 it is infinity: no subnormal numbers, on which processors are slow.
INLINE void exponential(const Lanes &x, Lanes &result) {
    const double shifter = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer, found in the low bits
    Lanes scaled = x * 1.4426950408889634 + shifter;
    Lanes k = scaled - shifter;
    Mask bits;
    memcpy(&bits, &scaled, sizeof bits);
    Lanes r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    // Estrin's scheme: pairs, pairs of pairs, and so on, for a chain of operations half as long as Horner's.
    Lanes r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    Lanes q0 = 0.5 + 0.16666666666666666 * r, q1 = 0.041666666666666664 + 0.008333333333333333 * r;
    Lanes q2 = 0.001388888888888889 + 0.0001984126984126984 * r, q3 = 2.48015873015873e-05 + 2.7557319223985893e-06 * r;
    Lanes q4 = 2.755731922398589e-07 + 2.505210838544172e-08 * r, q5 = 2.08767569878681e-09 + 1.6059043836821613e-10 * r;
    Lanes q = ((q0 + q1 * r2) + (q2 + q3 * r2) * r4) + (q4 + q5 * r2) * r8;
    Lanes p = (r2 * q + r) + 1.0;
    // 2^k for k in -1022 ... 1023 by its exponent bits; 1024 is reached only above 709 and selected away.
    Mask exponent = (bits + 1023) << 52;
    Lanes power;
    memcpy(&power, &exponent, sizeof power);
    Lanes value = p * power;
    Lanes zero = Lanes{}, top = Lanes{} + infinity;
    value = x < -708.0 ? zero : value;
    result = x > 709.0 ? top : value;
}

// The last, shorter group of a row is padded so that each number goes through the same eight-lane arithmetic.
template <class Body> INLINE void eachGroup(int64_t count, Body body) {
    int64_t j = 0;
    for (; j + width <= count; j += width) body(j, width);
    if (j < count) body(j, count - j);
}

INLINE void part(const double *from, int64_t count, double filler, Lanes &lanes) {
    if (count == width) {
        load(from, lanes);
        return;
    }
    lanes = Lanes{} + filler;
    for (int64_t lane = 0; lane < count; lane++) lanes[lane] = from[lane];
}
INLINE void keep(const Lanes &lanes, int64_t count, double *to) {
    if (count == width) {
        store(lanes, to);
        return;
    }
    for (int64_t lane = 0; lane < count; lane++) to[lane] = lanes[lane];
}

INLINE double gibbsRow(const double *cost, const double *column, int64_t count, double row, double scale, double *kernel) {
    Lanes total = Lanes{};
    const double inverse = 1 / scale;
    eachGroup(count, [&](int64_t j, int64_t size) __attribute__((always_inline)) {
        Lanes c, g;
        part(cost + j, size, infinity, c);
        part(column + j, size, 0, g);
        Lanes value = ((g + row) - c) * inverse;
        exponential(value, value);
        keep(value, size, kernel + j);
        total = total + value;
    });
    return sum(total);
}

INLINE double logSumExp(const double *cost, const double *column, int64_t count, double scale, double *result) {
    const double inverse = 1 / scale;
    Lanes top = Lanes{} - infinity;
    eachGroup(count, [&](int64_t j, int64_t size) __attribute__((always_inline)) {
        Lanes c, g;
        part(cost + j, size, infinity, c);
        part(column + j, size, 0, g);
        Lanes value = (g - c) * inverse;
        top = value > top ? value : top;
    });
    double largest = top[0];
    for (int lane = 1; lane < width; lane++) largest = top[lane] > largest ? top[lane] : largest;
    *result = 0;
    if (!(largest > -infinity)) return largest;
    Lanes total = Lanes{};
    eachGroup(count, [&](int64_t j, int64_t size) __attribute__((always_inline)) {
        Lanes c, g;
        part(cost + j, size, infinity, c);
        part(column + j, size, 0, g);
        Lanes value = (g - c) * inverse - largest;
        exponential(value, value);
        total = total + value;
    });
    *result = sum(total);
    return largest;
}

// MARK: Products

INLINE double dot(const double *x, const double *y, int64_t count) {
    Lanes one = Lanes{}, two = Lanes{};
    int64_t j = 0;
    for (; j + 2 * width <= count; j += 2 * width) {
        Lanes a, b, a2, b2;
        load(x + j, a);
        load(y + j, b);
        load(x + j + width, a2);
        load(y + j + width, b2);
        one = one + a * b;
        two = two + a2 * b2;
    }
    double result = sum(one + two);
    for (; j < count; j++) result = result + x[j] * y[j];
    return result;
}

INLINE void addScaled(double factor, const double *x, double *y, int64_t count) {
    int64_t j = 0;
    for (; j + width <= count; j += width) {
        Lanes a, b;
        load(x + j, a);
        load(y + j, b);
        store(b + factor * a, y + j);
    }
    for (; j < count; j++) y[j] = y[j] + factor * x[j];
}

INLINE void products(const double *left, const double *right, int64_t depth, double *result) {
#pragma clang fp contract(fast)
    // Twelve sums of four lanes with AVX2: more than the multipliers' latency needs, and all in registers.
    Lanes r0, r1, r2, r3, r4, r5;
    load(result, r0);
    load(result + 8, r1);
    load(result + 16, r2);
    load(result + 24, r3);
    load(result + 32, r4);
    load(result + 40, r5);
    for (int64_t k = 0; k < depth; k++) {
        Lanes b;
        load(right + 8 * k, b);
        const double *a = left + 6 * k;
        r0 = r0 + a[0] * b;
        r1 = r1 + a[1] * b;
        r2 = r2 + a[2] * b;
        r3 = r3 + a[3] * b;
        r4 = r4 + a[4] * b;
        r5 = r5 + a[5] * b;
    }
    store(r0, result);
    store(r1, result + 8);
    store(r2, result + 16);
    store(r3, result + 24);
    store(r4, result + 32);
    store(r5, result + 40);
}

}  // namespace

// MARK: Levels

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,fma,bmi2")))
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,bmi2")))
#define LEVELS(result, name, body, parameters, arguments)                                                                \
    static result name##_0 parameters { return body arguments; }                                                         \
    AVX2 static result name##_1 parameters { return body arguments; }                                                    \
    AVX512 static result name##_2 parameters { return body arguments; }                                                  \
    result name(int32_t level, EACH parameters) {                                                                        \
        return level == 2 ? name##_2 arguments : level == 1 ? name##_1 arguments : name##_0 arguments;                   \
    }
#else
#define LEVELS(result, name, body, parameters, arguments)                                                                \
    result name(int32_t level, EACH parameters) { return body arguments; }
#endif
#define EACH(...) __VA_ARGS__

extern "C" {

int32_t ck_best_level(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("x86-64-v4")) return 2;
    if (__builtin_cpu_supports("x86-64-v3")) return 1;
#endif
    return 0;
}

LEVELS(double, ck_relax, relax,
       (const double *cost, const double *price, int64_t count, double base, int64_t row, double *distance,
        int64_t *predecessor, int64_t *index),
       (cost, price, count, base, row, distance, predecessor, index))
LEVELS(double, ck_least, leastDifference, (const double *cost, const double *price, int64_t count, int64_t *index),
       (cost, price, count, index))
LEVELS(double, ck_two_least, twoLeast,
       (const double *cost, const double *price, int64_t count, double *second, int64_t *index),
       (cost, price, count, second, index))
LEVELS(double, ck_column_least, columnLeast, (const double *cost, double *least, int64_t count), (cost, least, count))
LEVELS(double, ck_gibbs_row, gibbsRow,
       (const double *cost, const double *column, int64_t count, double row, double scale, double *kernel),
       (cost, column, count, row, scale, kernel))
LEVELS(double, ck_log_sum_exp, logSumExp,
       (const double *cost, const double *column, int64_t count, double scale, double *sum),
       (cost, column, count, scale, sum))
LEVELS(double, ck_dot, dot, (const double *x, const double *y, int64_t count), (x, y, count))
LEVELS(void, ck_add_scaled, addScaled, (double factor, const double *x, double *y, int64_t count), (factor, x, y, count))
LEVELS(void, ck_products, products, (const double *left, const double *right, int64_t depth, double *result),
       (left, right, depth, result))
}
