/// The weights of a 3×3 convolution of stride 1, prepared for many passes by Winograd's minimal filtering (Lavin & Gray, CVPR 2016): outputs are made in tiles of
/// 4×4 with 36 products for each pair of channels instead of 144, or of 2×2 with 16 instead of 36.
///
/// In f32 its results differ from the direct sum by about 10⁻⁵ of the largest (2×2: 10⁻⁶). Prepared weights take four times (1.8 times) the memory of the plain
/// ones, twice: for the images, and for their gradients.
package struct TiledWeights: Sendable {
    /// Outputs along one side of a tile.
    let tile: Int
    private let padding: Int
    /// [products, in, out], and for gradients [products, out, in].
    private let forward: Tensor
    private let backward: Tensor

    /// Fewer rows than these and reading the prepared weights takes longer than multiplying by them.
    private static let leastRows = 64
    /// Fewer channels than these and the way into tiles and back takes longer than the products that it saves.
    private static let leastChannels = 64

    /// - Parameters:
    ///   - weight: [out, in, 3, 3], f32 on the processor.
    ///   - padding: on both sides of both axes.
    ///   - size: height and width of the outputs.
    /// - Returns: nil where a direct convolution is as fast: another kernel or type, few channels, a map of a single row.
    package init?(_ weight: Tensor, padding: Int, size: [Int]) throws(TensorError) {
        guard weight.rank == 4, weight.shape[2...] == [3, 3], try weight.dtype() == .float32, try weight.device() == .cpu, 0...2 ~= padding,
            size.count == 2,
            min(weight.shape[0], weight.shape[1]) >= Self.leastChannels, size.allSatisfy({ $0 > 1 })
        else { return nil }
        // The tile with fewer products for the whole map, whose last tiles may reach over its edge.
        tile = Self.products(size, tile: 4) <= Self.products(size, tile: 2) ? 4 : 2
        self.padding = padding
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let filter = try Self.filter(tile: tile)
        forward = try filter.matmul(weight.permuted([2, 3, 1, 0]).reshaped([9, inputs * outputs])).reshaped([-1, inputs, outputs])
        backward = try filter.matmul(weight.flipped([2, 3]).permuted([2, 3, 0, 1]).reshaped([9, outputs * inputs])).reshaped([
            -1, outputs, inputs,
        ])
    }

    private static func products(_ size: [Int], tile: Int) -> Int { size.reduce(1) { $0 * (tile + 2) * tiles(along: $1, tile: tile) } }

    private static func tiles(along length: Int, tile: Int) -> Int { (length + tile - 1) / tile }

    /// How each product's weight comes from the nine of a kernel, [products, 9].
    private static func filter(tile: Int) throws(TensorError) -> Tensor {
        let sixth = 1.0 / 6, twelfth = 1.0 / 12, small = 1.0 / 24
        let four: [[Double]] = [
            [0.25, 0, 0], [-sixth, -sixth, -sixth], [-sixth, sixth, -sixth], [small, twelfth, sixth], [small, -twelfth, sixth], [0, 0, 1],
        ]
        let two: [[Double]] = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]
        let rows = tile == 4 ? four : two
        var both: [Float] = []
        for down in rows { for across in rows { for one in down { for other in across { both.append(Float(one * other)) } } } }
        return try Tensor(both, shape: [rows.count * rows.count, 9])
    }

    /// Whether so many images of this size are worth it.
    func pays(for images: Tensor) -> Bool {
        images.shape[2...].reduce(images.shape[0]) { $0 * Self.tiles(along: $1 + 2 * padding - 2, tile: tile) } >= Self.leastRows
    }
}

extension Tensor {
    /// The convolution by prepared weights; nil where the images are too few for it to be the faster way. Gradients pass to the images, not to the weights.
    package func conv2d(_ weights: TiledWeights, bias: Tensor? = nil) throws(TensorError) -> Tensor? {
        guard rank == 4, weights.pays(for: self) else { return nil }
        return try weights.applied(to: self, bias: bias)
    }
}

extension TiledWeights {
    fileprivate func applied(to images: Tensor, bias: Tensor?) throws(TensorError) -> Tensor {
        try call("amalgam::tiled_convolution", .tensor(images), .tensor(forward), .tensor(backward), .optional(bias), .int(padding))
    }
}
