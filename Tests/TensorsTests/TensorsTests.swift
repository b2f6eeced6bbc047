import Testing
@testable import Tensors

@Suite("Tensors") struct TensorsTests {
    @Test("a tensor made from Swift numbers gives them back")
    func roundTrip() throws {
        let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        #expect(tensor.shape == [2, 3])
        #expect(try tensor.transposed(0, 1).array(of: Float.self) == [1, 4, 2, 5, 3, 6])
        #expect(try tensor.array(of: Double.self) == [1, 2, 3, 4, 5, 6])
    }

    @Test("memory is viewed without a copy and released once")
    func wrapping() throws {
        final class Owner {
            let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3)
            let released: () -> Void
            init(_ released: @escaping () -> Void) { self.released = released; _ = memory.initialize(from: [1, 2, 3]) }
            deinit { memory.deallocate(); released() }
        }
        nonisolated(unsafe) var releases = 0
        do {
            var owner: Owner? = Owner { releases += 1 }
            let memory = try #require(owner).memory
            let tensor = try Tensor(wrapping: memory.baseAddress, dtype: .float32, shape: [3], strides: nil, keeping: try #require(owner))
            owner = nil
            #expect(releases == 0)
            memory[1] = 20
            #expect(try tensor.array(of: Float.self) == [1, 20, 3])
            let same = try tensor.withElements(of: Float.self) { $0.baseAddress == UnsafePointer(memory.baseAddress) }
            #expect(same)
        }
        #expect(releases == 1)
    }

    @Test("a failing operation names itself and says why")
    func failure() throws {
        let a = try Tensor.zeros([2, 3]), b = try Tensor.zeros([2, 3])
        #expect {
            _ = try a.matmul(b)
        } throws: { error in
            "\(error)".contains("matmul") && "\(error)".contains("2x3")
        }
    }

    @Test("elements that do not fill the shape are refused")
    func wrongCount() {
        #expect(throws: TensorError.elementCount(shape: [2, 2], count: 3)) { _ = try Tensor([1, 2, 3] as [Float], shape: [2, 2]) }
    }

    @Test("gradients agree with differences")
    func gradients() throws {
        // f = Σ tanh(x W): central differences in f64 agree to their own error, h² ≈ 1e-10.
        let x = try Tensor([0.3, -0.2, 0.5, 0.1] as [Double], shape: [2, 2])
        let start = [0.4, -0.7, 0.2, 0.9]
        func value(_ w: [Double]) throws -> Tensor { try x.matmul(Tensor(w, shape: [2, 2])).hyperbolicTangent().sum() }
        let w = try Tensor(start, shape: [2, 2]).asVariable()
        let gradient = try x.matmul(w).hyperbolicTangent().sum().gradients(of: [w])[0].array(of: Double.self)
        for index in 0..<4 {
            var up = start, down = start
            up[index] += 1e-5
            down[index] -= 1e-5
            let difference = try (value(up).item() - value(down).item()) / 2e-5
            #expect(abs(difference - gradient[index]) < 1e-8)
        }
    }

    @Test("nothing is recorded where recording is off")
    func noRecording() throws {
        let w = try Tensor.ones([2]).asVariable()
        let y = try withoutRecording { try (w * 2).sum() }
        #expect(throws: TensorError.self) { _ = try y.gradients(of: [w]) }
    }

    @Test("convolution, pooling and unfolding agree with each other")
    func convolution() throws {
        let generator = try Generator(seed: 5)
        let x = try Tensor.normal([2, 3, 6, 6], generator: generator, dtype: .float64)
        let w = try Tensor.normal([4, 3, 3, 3], generator: generator, dtype: .float64)
        let direct = try x.conv2d(w, padding: [1, 1])
        let unfolded = try w.reshaped([4, 27]).matmul(x.unfolded(kernel: [3, 3], padding: [1, 1])).reshaped([2, 4, 6, 6])
        // Sums of 27 products in f64: 1e-12 is a hundred times their rounding.
        #expect(try (direct - unfolded).magnitude().maximum().item() < 1e-12)
        #expect(try x.maxPooled(kernel: [2, 2], stride: [2, 2]).shape == [2, 3, 3, 3])
        #expect(try x.adaptiveAveragePooled([1, 1]).flattened(from: 1).shape == [2, 3])
    }

    @Test(
        "a convolution in tiles is the direct one, and so is its gradient",
        arguments: [
            (padding: 0, height: 10, width: 9), (1, 8, 8), (1, 2, 2), (1, 3, 7), (2, 5, 4), (1, 16, 6),
        ])
    func tiledConvolution(padding: Int, height: Int, width: Int) throws {
        let images = try Tensor.normal([70, 66, height, width], generator: Generator(seed: 1))
        // Sums of 66 · 9 products of such weights are about 1.
        let weight = try Tensor.normal([65, 66, 3, 3], generator: Generator(seed: 2)) * 0.04,
            bias = try Tensor.normal([65], generator: Generator(seed: 3))
        let size = [height, width].map { $0 + 2 * padding - 2 }
        let tiles = try #require(try TiledWeights(weight, padding: padding, size: size))
        let one = try images.asVariable(), other = try images.asVariable()
        let direct = try one.conv2d(weight, bias: bias, padding: [padding, padding]),
            tiled = try #require(try other.conv2d(tiles, bias: bias))
        #expect(tiled.shape == direct.shape)
        // Tiles of 4×4 lose up to a decimal digit and a half of single precision (Lavin & Gray 2016, section 5).
        #expect(try (tiled - direct).magnitude().maximum().item() < 1e-4)
        let slopes = try Tensor.normal(direct.shape, generator: Generator(seed: 4))
        let wanted = try (direct * slopes).sum().gradients(of: [one])[0], found = try (tiled * slopes).sum().gradients(of: [other])[0]
        #expect(try (found - wanted).magnitude().maximum().item() < 1e-4)
    }

    @Test("weights are put into tiles only where that is worth it, and few images go the direct way")
    func tilesDeclined() throws {
        func weight(_ shape: [Int]) throws -> Tensor { try Tensor.normal(shape, generator: Generator(seed: 5)) }
        #expect(try TiledWeights(weight([64, 64, 5, 5]), padding: 1, size: [8, 8]) == nil)
        #expect(try TiledWeights(weight([64, 16, 3, 3]), padding: 1, size: [8, 8]) == nil)
        #expect(try TiledWeights(weight([64, 64, 3, 3]), padding: 1, size: [1, 8]) == nil)
        #expect(try TiledWeights(weight([64, 64, 3, 3]).converted(to: .float64), padding: 1, size: [8, 8]) == nil)
        let tiles = try #require(try TiledWeights(weight([64, 64, 3, 3]), padding: 1, size: [4, 4]))
        #expect(try weight([63, 64, 4, 4]).conv2d(tiles) == nil)
        #expect(try weight([64, 64, 4, 4]).conv2d(tiles) != nil)
        #expect(throws: TensorError.self) { try weight([64, 65, 4, 4]).conv2d(tiles) }
    }

    @Test("attention is softmax(QKᵀ/√d)V")
    func attention() throws {
        let generator = try Generator(seed: 6)
        let parts = try (0..<3).map { _ in try Tensor.normal([1, 2, 5, 4], generator: generator, dtype: .float64) }
        let scores = try parts[0].matmul(parts[1].transposed(2, 3)) / 2
        let expected = try scores.softmax(axis: -1).matmul(parts[2])
        #expect(try (parts[0].attention(key: parts[1], value: parts[2]) - expected).magnitude().maximum().item() < 1e-12)
    }

    @Test("factorisations rebuild their matrix")
    func linearAlgebra() throws {
        let generator = try Generator(seed: 7)
        let a = try Tensor.normal([6, 4], generator: generator, dtype: .float64)
        let gram = try a.transposed(0, 1).matmul(a)
        let b = try Tensor.normal([4, 2], generator: generator, dtype: .float64)
        func distance(_ x: Tensor, _ y: Tensor) throws -> Double { try (x - y).magnitude().maximum().item() }
        // Well-conditioned 4×4 systems in f64: errors stay near 1e-14.
        let factor = try gram.cholesky()
        #expect(try distance(factor.matmul(factor.transposed(0, 1)), gram) < 1e-12)
        #expect(try distance(gram.matmul(factor.choleskySolved(b)), b) < 1e-12)
        let (values, vectors) = try gram.symmetricEigen()
        #expect(try distance((vectors * values).matmul(vectors.transposed(0, 1)), gram) < 1e-12)
        let (left, singular, right) = try a.singularValues()
        #expect(try distance((left * singular).matmul(right), a) < 1e-12)
        let target = try Tensor.normal([6, 2], generator: generator, dtype: .float64)
        let normal = try factor.choleskySolved(a.transposed(0, 1).matmul(target))
        #expect(try distance(a.leastSquares(target), normal) < 1e-12)
    }

    @Test("one seed gives the same draws, another gives others")
    func generators() throws {
        let first = try Tensor.normal([8], generator: Generator(seed: 1)).array(of: Float.self)
        let again = try Tensor.normal([8], generator: Generator(seed: 1)).array(of: Float.self)
        let other = try Tensor.normal([8], generator: Generator(seed: 2)).array(of: Float.self)
        #expect(first == again)
        #expect(first != other)
        #expect(try Tensor.permutation(50, generator: Generator(seed: 3)).array(of: Int64.self).sorted() == (0..<50).map(Int64.init))
    }

    @Test("an Adam step moves each weight by the learning rate against its gradient at first")
    func adam() throws {
        let w = try Tensor([1, -2] as [Float]), gradient = try Tensor([0.5, -3] as [Float])
        let mean = try Tensor.zeros([2]), square = try Tensor.zeros([2]), step = try Tensor(scalar: Float(1))
        try Tensor.adamStepInPlace(
            parameters: [w], gradients: [gradient], means: [mean], squares: [square], steps: [step],
            learningRate: 0.1, beta1: 0.9, beta2: 0.999, weightDecay: 0, epsilon: 1e-8, decoupledDecay: false)
        let moved = try w.array(of: Float.self)
        // After bias correction the first step is lr · g/|g|, up to epsilon.
        #expect(abs(moved[0] - 0.9) < 1e-5 && abs(moved[1] + 1.9) < 1e-5)
    }

    @Test("many threads may compute at once")
    func threads() async throws {
        let a = try Tensor.normal([32, 32], generator: Generator(seed: 9))
        let expected = try a.matmul(a).array(of: Float.self)
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<16 { group.addTask { try a.matmul(a).array(of: Float.self) } }
            for try await result in group { #expect(result == expected) }
        }
    }
}
