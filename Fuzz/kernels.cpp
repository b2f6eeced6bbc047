// The inner loops of Transport on numbers of all kinds and lengths: nothing is read or written beyond the rows, and every instruction set gives the same bits.
#include <CKernels.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using Row = std::vector<double>;

bool same(double one, double other) { return std::memcmp(&one, &other, sizeof one) == 0 || (std::isnan(one) && std::isnan(other)); }

bool same(const Row &one, const Row &other) {
    for (size_t place = 0; place < one.size(); place++)
        if (!same(one[place], other[place])) return false;
    return true;
}

void require(bool holds, const char *what) {
    if (holds) return;
    std::fprintf(stderr, "%s differs between instruction sets\n", what);
    std::abort();
}

struct Results {
    double relaxed, least, first, second, column, gibbs, largest, sum, dot;
    int64_t relaxed_at, least_at, first_at;
    Row distance, kernel, minima, added;
    std::vector<int64_t> predecessor;
};

Results run(int32_t level, const Row &cost, const Row &price, double base, double scale) {
    int64_t count = (int64_t)cost.size();
    Results found{};
    found.distance = price;
    found.predecessor.assign(cost.size(), -1);
    found.kernel.assign(cost.size(), 0);
    found.minima = found.added = price;
    found.relaxed = ck_relax(level, cost.data(), price.data(), count, base, 3, found.distance.data(), found.predecessor.data(), &found.relaxed_at);
    found.least = ck_least(level, cost.data(), price.data(), count, &found.least_at);
    found.first = ck_two_least(level, cost.data(), price.data(), count, &found.second, &found.first_at);
    found.column = ck_column_least(level, cost.data(), found.minima.data(), count);
    found.gibbs = ck_gibbs_row(level, cost.data(), price.data(), count, base, scale, found.kernel.data());
    found.largest = ck_log_sum_exp(level, cost.data(), price.data(), count, scale, &found.sum);
    found.dot = ck_dot(level, cost.data(), price.data(), count);
    ck_add_scaled(level, base, cost.data(), found.added.data(), count);
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    size_t count = size / sizeof(double);
    if (count < 4) return 0;
    Row numbers(count);
    std::memcpy(numbers.data(), bytes, count * sizeof(double));
    double base = numbers[0], scale = numbers[1];
    size_t half = (count - 2) / 2;
    // Rows of their own memory, so that the byte behind each is known to the sanitizer.
    Row cost(numbers.begin() + 2, numbers.begin() + 2 + (long)half), price(numbers.begin() + 2 + (long)half, numbers.begin() + 2 + 2 * (long)half);
    // Solvers call the kernels on finite costs; others are refused by `ck_column_least` before.
    bool isFinite = std::isfinite(base) && std::isfinite(scale) && scale > 0;
    for (double number : cost) isFinite = isFinite && std::isfinite(number);
    for (double number : price) isFinite = isFinite && std::isfinite(number);
    Results plain = run(0, cost, price, base, scale);
    for (int32_t level = 1; level <= ck_best_level(); level++) {
        Results wide = run(level, cost, price, base, scale);
        if (!isFinite) continue;
        require(same(plain.relaxed, wide.relaxed) && plain.relaxed_at == wide.relaxed_at && same(plain.distance, wide.distance), "ck_relax");
        require(plain.predecessor == wide.predecessor, "ck_relax");
        require(same(plain.least, wide.least) && plain.least_at == wide.least_at, "ck_least");
        require(same(plain.first, wide.first) && same(plain.second, wide.second) && plain.first_at == wide.first_at, "ck_two_least");
        require(same(plain.column, wide.column) && same(plain.minima, wide.minima), "ck_column_least");
        require(same(plain.gibbs, wide.gibbs) && same(plain.kernel, wide.kernel), "ck_gibbs_row");
        require(same(plain.largest, wide.largest) && same(plain.sum, wide.sum), "ck_log_sum_exp");
        require(same(plain.dot, wide.dot) && same(plain.added, wide.added), "ck_dot, ck_add_scaled");
    }
    // A block of six rows and eight columns.
    const long rows = 6;
    size_t depth = half / 8;
    if (depth > 0) {
        Row left(cost.begin(), cost.begin() + (long)depth * rows), right(price.begin(), price.begin() + (long)depth * 8);
        for (int32_t level = 0; level <= ck_best_level(); level++) {
            Row result(rows * 8, 0);
            ck_products(level, left.data(), right.data(), (int64_t)depth, result.data());
        }
    }
    return 0;
}
