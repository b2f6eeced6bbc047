import Tensors
import Testing

@testable import Fusion

@Suite("Output layers of more inputs than rows, and pivots of many columns") struct HeadSpectrumTests {
    private func normal(_ shape: [Int], seed: UInt64) throws -> Tensor {
        try Tensor.normal(shape, generator: Generator(seed: seed), dtype: .float64)
    }
    private func largest(_ tensor: Tensor) throws -> Double { try tensor.magnitude().maximum().item() }

    /// The same rows decomposed by the inputs' products and by their own.
    private func both() throws -> (features: Tensor, target: Tensor, gram: HeadSpectrum, rows: HeadSpectrum) {
        let features = try normal([40, 600], seed: 1) + 0.3
        let logits = try features.matmul(normal([600, 5], seed: 2)) / 20
        let target = try logits + normal([40, 5], seed: 3) + 1
        var system = try CentredSystem(inputs: 600, targets: 10)
        try system.add(features, Tensor.concatenated([target, logits], axis: 1))
        return (
            features, target, try HeadSpectrum(&system, classes: 5, priorRidge: 1e-4),
            try HeadSpectrum(features: features, target: target, logits: logits, priorRidge: 1e-4)
        )
    }

    @Test("few rows are decomposed by their own products")
    func wide() {
        #expect(HeadSpectrum.isWide(inputs: 600, rows: 40))
        #expect(!HeadSpectrum.isWide(inputs: 600, rows: 600))
        #expect(!HeadSpectrum.isWide(inputs: 100, rows: 40))
    }

    @Test("either way gives the same weights and leave-one-out errors")
    func same() throws {
        let (features, target, gram, rows) = try both()
        // Both are f64; the products of rows lose nothing, those of inputs have 560 eigenvalues of rounding, which are cut.
        #expect(abs(gram.energy - rows.energy) < 1e-9 * gram.energy)
        #expect(abs(gram.variance - rows.variance) < 1e-9 * gram.variance)
        for strength in [1e-6, 1e-2, 1.0] {
            let expected = try gram.weights(strength: strength)
            #expect(try largest(rows.weights(strength: strength) - expected) < 1e-7 * largest(expected))
        }
        let strengths = [1e-4, 1e-1, 10]
        let one = try gram.leaveOneOut(features, target, strengths: strengths)
        let other = try rows.leaveOneOut(features, target, strengths: strengths)
        for (a, b) in zip(one, other) { #expect(abs(a - b) < 1e-6 * a) }
    }

    @Test("further steps in few coordinates come to the same weights")
    func steps() throws {
        let (features, target, gram, rows) = try both()
        let wanted = try target.softmax(axis: 1)
        func solved(_ spectrum: HeadSpectrum) throws -> Tensor {
            let start = try spectrum.reduced(weights: spectrum.weights(strength: 1e-1)), width = start.shape[0]
            var divergence = HeadDivergence()
            (divergence.iterations, divergence.enough) = (200, 1e-9)
            let answer = try divergence.solved(
                from: Tensor.concatenated([start, spectrum.targetMeans.reshaped([1, 5])]), energy: spectrum.energy, rows: 40,
                preconditioner: { try spectrum.preconditioned($0, curvature: $1, l: $2) },
                forEach: { try $0(.init(features: try spectrum.reduced(features), wanted: wanted)) })
            return try spectrum.expanded(weights: answer.values.narrowed(axis: 0, from: 0, count: width))
        }
        let expected = try solved(gram), found = try solved(rows)
        #expect(rows.isReduced && !gram.isReduced)
        // Conjugate gradients end at 10⁻⁹ of the right side.
        #expect(try largest(found - expected) < 1e-5 * largest(expected))
    }

    @Test("pivots taken in panels are those of the plain algorithm", arguments: [1, 2])
    func panels(block: Int) throws {
        // More columns than a block of the matrix has, more pivots than a panel has, and columns that repeat others.
        let own = try normal([700, 560], seed: 7), scales = (0..<560).map { 1 + Double($0 * 37 % 101) / 50 }
        let design =
            try Tensor.concatenated([own, own.narrowed(axis: 1, from: 0, count: 40)], axis: 1)
            * Tensor(scales + [Double](repeating: 0.5, count: 40))
        let gram = try design.transposed(0, 1).matmul(design)
        let found = try PivotedSelection(gram: gram, block: block, wanted: 200 / block)
        // The plain algorithm: after each column the matrix has all of it taken away.
        var left = try gram.copied(), order: [Int] = [], errors = [1.0]
        let total: Double = try gram.diagonal().sum().item()
        while order.count < 200 / block {
            let energies = try left.diagonal().array(of: Double.self)
            func energy(_ neuron: Int) -> Double { energies[neuron * block..<(neuron + 1) * block].reduce(0, +) }
            let best = try #require((0..<600 / block).filter { !order.contains($0) }.max { energy($0) < energy($1) })
            order.append(best)
            for _ in 0..<block {
                let now = try left.diagonal().array(of: Double.self)
                let pivot = try #require((best * block..<(best + 1) * block).max { now[$0] < now[$1] })
                let column = try left.selected(axis: 1, at: pivot).reshaped([600, 1]) / now[pivot].squareRoot()
                left = try left - column.matmul(column.transposed(0, 1))
            }
            errors.append(try left.diagonal().sum().item() / total)
        }
        #expect(found.order == order)
        for (a, b) in zip(found.errors, errors) { #expect(abs(a - b) < 1e-10) }
        // In single precision other columns may be taken where two leave nearly the same: what is left over agrees.
        let single = try PivotedSelection(gram: gram, block: block, wanted: 200 / block, isSingle: true)
        #expect(single.order.prefix(50 / block) == found.order.prefix(50 / block))
        for (a, b) in zip(single.errors, errors) { #expect(abs(a - b) < 1e-5) }
    }

    @Test("in single precision repeated columns are still known to add nothing")
    func repeated() throws {
        let own = try normal([400, 60], seed: 3), design = try Tensor.concatenated([own, own], axis: 1)
        let found = try PivotedSelection(gram: design.transposed(0, 1).matmul(design), block: 1, wanted: 70, isSingle: true)
        #expect(found.idle == 10)
        #expect(Set(found.order.prefix(60).map { $0 % 60 }).count == 60)
    }
}
