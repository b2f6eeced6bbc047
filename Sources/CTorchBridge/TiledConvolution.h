// Convolutions of 3×3 at stride 1 by Winograd's minimal filtering (Lavin & Gray, CVPR 2016), for many passes through the same weights:
// tiles of 4×4 outputs take 36 products instead of 144, tiles of 2×2 take 16 instead of 36. docs/methods-interpolation.md has the factors.
//
// Swift knows the operation by its name in libtorch's registry, `amalgam::tiled_convolution`, and prepares the weights itself.
#pragma once
#include <ATen/Parallel.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>

// Sums as they are written, whatever the instruction set.
#pragma clang fp contract(off)

namespace amalgam {
namespace {

#define INLINE __attribute__((always_inline)) inline
#if defined(__x86_64__)
#define EACH_INSTRUCTION_SET __attribute__((target_clones("avx2", "default")))
#else
#define EACH_INSTRUCTION_SET
#endif

/// Channels that go through a transform at a time: its middle stays in the first cache.
constexpr int64_t lanes = 64;

/// What tiles of M × M outputs need: what six or four neighbours give before the products, and their products after them.
template <int M> struct Tile;

template <> struct Tile<4> {
    template <class Store> INLINE static void before(const float *d, int64_t step, Store store) {
        float d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
        float even = d4 - 4 * d2, odd = d3 - 4 * d1, near = d4 - d2, far = 2 * (d3 - d1);
        store(0, 4 * d0 - 5 * d2 + d4);
        store(1, even + odd);
        store(2, even - odd);
        store(3, near + far);
        store(4, near - far);
        store(5, 4 * d1 - 5 * d3 + d5);
    }
    template <class Store> INLINE static void after(const float *m, int64_t step, Store store) {
        float m0 = m[0], m1 = m[step], m2 = m[2 * step], m3 = m[3 * step], m4 = m[4 * step], m5 = m[5 * step];
        float sum = m1 + m2, difference = m1 - m2, outerSum = m3 + m4, outerDifference = m3 - m4;
        store(0, m0 + sum + outerSum);
        store(1, difference + 2 * outerDifference);
        store(2, sum + 4 * outerSum);
        store(3, difference + 8 * outerDifference + m5);
    }
};

template <> struct Tile<2> {
    template <class Store> INLINE static void before(const float *d, int64_t step, Store store) {
        float d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step];
        store(0, d0 - d2);
        store(1, d1 + d2);
        store(2, d2 - d1);
        store(3, d1 - d3);
    }
    template <class Store> INLINE static void after(const float *m, int64_t step, Store store) {
        float m0 = m[0], m1 = m[step], m2 = m[2 * step], m3 = m[3 * step];
        store(0, m0 + m1 + m2);
        store(1, m1 - m2 - m3);
    }
};

/// Images of one size, channels last, in tiles.
struct Images {
    int64_t height, width, channels;
    int64_t rows(int tile) const { return (height + tile - 1) / tile; }
    int64_t columns(int tile) const { return (width + tile - 1) / tile; }
    int64_t tiles(int tile) const { return rows(tile) * columns(tile); }
};

/// One row of an image's tiles: what the products take, from `image` to `places` matrices of [tiles, channels] that lie `stride` apart.
template <int M>
INLINE void splitRow(const float *image, const Images &from, int64_t padding, int64_t row, int64_t columns, float *to, int64_t stride) {
    constexpr int N = M + 2;
    for (int64_t column = 0; column < columns; column++, to += from.channels) {
        for (int64_t start = 0; start < from.channels; start += lanes) {
            int64_t count = std::min(lanes, from.channels - start);
            float seen[N * N * lanes], middle[N * N * lanes];
            for (int i = 0; i < N * N; i++) {
                int64_t h = row * M - padding + i / N, w = column * M - padding + i % N;
                float *place = seen + i * lanes;
                if (h >= 0 && h < from.height && w >= 0 && w < from.width) {
                    std::copy_n(image + (h * from.width + w) * from.channels + start, count, place);
                } else {
                    std::fill_n(place, count, 0.0f);
                }
            }
            for (int j = 0; j < N; j++) {
                for (int64_t c = 0; c < count; c++) {
                    Tile<M>::before(seen + j * lanes + c, N * lanes, [&](int k, float value) { middle[(N * k + j) * lanes + c] = value; });
                }
            }
            for (int i = 0; i < N; i++) {
                for (int64_t c = 0; c < count; c++) {
                    Tile<M>::before(middle + N * i * lanes + c, lanes, [&](int k, float value) { to[(N * i + k) * stride + start + c] = value; });
                }
            }
        }
    }
}

/// The way back: one row of tiles from the products to an image.
template <int M> INLINE void joinRow(const float *products, int64_t stride, const float *bias, float *image, const Images &into, int64_t row, int64_t columns) {
    constexpr int N = M + 2;
    for (int64_t column = 0; column < columns; column++, products += into.channels) {
        for (int64_t start = 0; start < into.channels; start += lanes) {
            int64_t count = std::min(lanes, into.channels - start);
            float middle[M * N * lanes], whole[M * M * lanes];
            for (int j = 0; j < N; j++) {
                for (int64_t c = 0; c < count; c++) {
                    Tile<M>::after(products + j * stride + start + c, N * stride, [&](int k, float value) { middle[(N * k + j) * lanes + c] = value; });
                }
            }
            for (int i = 0; i < M; i++) {
                for (int64_t c = 0; c < count; c++) {
                    Tile<M>::after(middle + N * i * lanes + c, lanes, [&](int k, float value) { whole[(M * i + k) * lanes + c] = value + (bias ? bias[start + c] : 0); });
                }
            }
            for (int i = 0; i < M * M; i++) {
                int64_t h = row * M + i / M, w = column * M + i % M;
                if (h < into.height && w < into.width) std::copy_n(whole + i * lanes, count, image + (h * into.width + w) * into.channels + start);
            }
        }
    }
}

EACH_INSTRUCTION_SET void splitRow4(const float *image, const Images &from, int64_t padding, int64_t row, int64_t columns, float *to, int64_t stride) {
    splitRow<4>(image, from, padding, row, columns, to, stride);
}
EACH_INSTRUCTION_SET void splitRow2(const float *image, const Images &from, int64_t padding, int64_t row, int64_t columns, float *to, int64_t stride) {
    splitRow<2>(image, from, padding, row, columns, to, stride);
}
EACH_INSTRUCTION_SET void joinRow4(const float *products, int64_t stride, const float *bias, float *image, const Images &into, int64_t row, int64_t columns) {
    joinRow<4>(products, stride, bias, image, into, row, columns);
}
EACH_INSTRUCTION_SET void joinRow2(const float *products, int64_t stride, const float *bias, float *image, const Images &into, int64_t row, int64_t columns) {
    joinRow<2>(products, stride, bias, image, into, row, columns);
}

/// Bytes of tiles and products at a time, which a last-level cache holds.
constexpr int64_t budget = 24 << 20;

/// x [n, channels, h, w] with prepared weights [36 or 16, channels, outputs].
at::Tensor convolved(const at::Tensor &x, const at::Tensor &weights, const std::optional<at::Tensor> &bias, int64_t padding) {
    auto images = x.contiguous(at::MemoryFormat::ChannelsLast);
    const bool large = weights.size(0) == 36;
    const int tile = large ? 4 : 2;
    const int64_t places = weights.size(0), count = x.size(0);
    const Images from{x.size(2), x.size(3), x.size(1)}, into{from.height + 2 * padding - 2, from.width + 2 * padding - 2, weights.size(2)};
    auto result = at::empty({count, into.channels, into.height, into.width}, x.options(), at::MemoryFormat::ChannelsLast);
    if (result.numel() == 0) return result;
    const int64_t rows = into.rows(tile), columns = into.columns(tile), tiles = into.tiles(tile);
    const int64_t together = std::clamp<int64_t>(budget / (4 * places * (from.channels + into.channels) * tiles), 1, count);
    auto split = at::empty({places * together * tiles * from.channels}, x.options());
    auto products = at::empty({places * together * tiles * into.channels}, x.options());
    const float *source = images.const_data_ptr<float>(), *constants = bias ? bias->const_data_ptr<float>() : nullptr;
    float *target = result.mutable_data_ptr<float>();
    for (int64_t first = 0; first < count; first += together) {
        const int64_t here = std::min(together, count - first), all = here * tiles;
        auto left = split.narrow(0, 0, places * all * from.channels).view({places, all, from.channels});
        auto right = products.narrow(0, 0, places * all * into.channels).view({places, all, into.channels});
        float *parts = left.mutable_data_ptr<float>(), *sums = right.mutable_data_ptr<float>();
        at::parallel_for(0, here * rows, 1, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; i++) {
                const float *image = source + (first + i / rows) * from.height * from.width * from.channels;
                (large ? splitRow4 : splitRow2)(image, from, padding, i % rows, columns, parts + i * columns * from.channels, all * from.channels);
            }
        });
        at::bmm_out(right, left, weights);
        at::parallel_for(0, here * rows, 1, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; i++) {
                float *image = target + (first + i / rows) * into.height * into.width * into.channels;
                (large ? joinRow4 : joinRow2)(sums + i * columns * into.channels, all * into.channels, constants, image, into, i % rows, columns);
            }
        });
    }
    return result;
}

/// The convolution as autograd sees it: a function of the images alone. Weights are given, not learnt.
struct TiledConvolution : torch::autograd::Function<TiledConvolution> {
    static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &x, const at::Tensor &weights, const at::Tensor &turned,
                              const std::optional<at::Tensor> &bias, int64_t padding) {
        context->saved_data["turned"] = turned;
        context->saved_data["padding"] = padding;
        return convolved(x, weights, bias, padding);
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
        auto turned = context->saved_data["turned"].toTensor();
        auto padding = context->saved_data["padding"].toInt();
        return {convolved(gradients[0], turned, std::nullopt, 2 - padding), {}, {}, {}, {}};
    }
};

at::Tensor tiledConvolution(const at::Tensor &x, const at::Tensor &weights, const at::Tensor &turned, const std::optional<at::Tensor> &bias, int64_t padding) {
    auto fits = [&](const at::Tensor &tensor, int64_t dimensions) {
        return tensor.dim() == dimensions && tensor.scalar_type() == at::kFloat && tensor.device().is_cpu() && (dimensions == 4 || tensor.is_contiguous());
    };
    TORCH_CHECK(fits(x, 4) && fits(weights, 3) && fits(turned, 3), "a tiled convolution takes images and prepared weights in f32 on the processor");
    TORCH_CHECK((weights.size(0) == 36 || weights.size(0) == 16) && weights.size(1) == x.size(1), "the prepared weights are ", weights.sizes(), " for images of ", x.sizes());
    TORCH_CHECK(turned.size(0) == weights.size(0) && turned.size(1) == weights.size(2) && turned.size(2) == weights.size(1), "the turned weights are ", turned.sizes());
    TORCH_CHECK(padding >= 0 && padding <= 2 && x.size(2) + 2 * padding >= 3 && x.size(3) + 2 * padding >= 3, "a padding of ", padding, " for images of ", x.sizes());
    TORCH_CHECK(!bias || (fits(*bias, 1) && bias->size(0) == weights.size(2)), "the bias does not fit prepared weights of ", weights.sizes());
    return TiledConvolution::apply(x, weights, turned, bias, padding);
}

TORCH_LIBRARY(amalgam, library) {
    library.def("tiled_convolution(Tensor x, Tensor weights, Tensor turned, Tensor? bias, int padding) -> Tensor", &tiledConvolution);
}

}  // namespace
}  // namespace amalgam
