import Foundation
@testable import Fusion
import Networks
import Tensors
import Testing

@Suite("The last layer by its divergence") struct HeadDivergenceTests {
    typealias Rows = ReconstructionReference.Rows

    /// Newton steps the long way: plain arrays, the whole Hessian, Gaussian elimination.
    struct DenseNewton {
        let f: Rows, q: Rows, start: Rows
        let temperature: Double, l: Double

        func loss(_ values: Rows) -> Double {
            let own = zip(f, q).reduce(0.0) { sum, row in
                let s = answers(row.0, values)
                return sum + zip(row.1, s).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) } * temperature * temperature
            }
            return own + l / 2 * zip(values.joined(), start.joined()).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }

        func answers(_ row: [Double], _ values: Rows) -> [Double] {
            ReconstructionReference.softmax(
                values[0].indices.map { c in zip(row + [1], values).reduce(0) { $0 + $1.0 * $1.1[c] } / temperature })
        }

        func step(_ values: Rows) -> Rows {
            let classes = values[0].count, count = values.count * classes
            var hessian = Rows(repeating: [Double](repeating: 0, count: count), count: count),
                gradient = [Double](repeating: 0, count: count)
            for (row, wanted) in zip(f, q) {
                let s = answers(row, values), x = row + [1]
                for i in x.indices {
                    for a in 0..<classes {
                        gradient[i * classes + a] += x[i] * temperature * (s[a] - wanted[a])
                        for j in x.indices {
                            for b in 0..<classes {
                                hessian[i * classes + a][j * classes + b] += x[i] * x[j] * ((a == b ? s[a] : 0) - s[a] * s[b])
                            }
                        }
                    }
                }
            }
            for i in 0..<count {
                hessian[i][i] += l
                gradient[i] += l * (values[i / classes][i % classes] - start[i / classes][i % classes])
            }
            for i in 0..<count {
                for j in i + 1..<max(count, i + 1) {
                    let factor = hessian[j][i] / hessian[i][i]
                    for k in i..<count { hessian[j][k] -= factor * hessian[i][k] }
                    gradient[j] -= factor * gradient[i]
                }
            }
            for i in (0..<count).reversed() {
                for j in i + 1..<max(count, i + 1) { gradient[i] -= hessian[i][j] * gradient[j] }
                gradient[i] /= hessian[i][i]
            }
            var length = 1.0
            while true {
                let moved = values.indices.map { i in (0..<classes).map { values[i][$0] - length * gradient[i * classes + $0] } }
                if loss(moved) < loss(values) { return moved }
                length /= 2
            }
        }
    }

    @Test("four Newton steps are those that the whole Hessian gives")
    func denseNewton() throws {
        let f = try Tensor.normal([40, 5], generator: Generator(seed: 3), dtype: .float64),
            q = try Tensor.normal([40, 3], generator: Generator(seed: 4), dtype: .float64).softmax(axis: 1)
        let start = try Tensor.normal([6, 3], generator: Generator(seed: 5), dtype: .float64)
        let energy = try f.squared().sum(axes: [0]).mean().item()
        var head = HeadDivergence()
        (head.iterations, head.enough) = (100, 1e-8)
        let answer = try head.solved(from: start, energy: energy, rows: 40) { body in
            for part in [0..<25, 25..<40] {
                try body(
                    HeadDivergence.Rows(
                        features: f.narrowed(axis: 0, from: part.lowerBound, count: part.count),
                        wanted: q.narrowed(axis: 0, from: part.lowerBound, count: part.count)))
            }
        }
        let dense = try DenseNewton(
            f: ReconstructionReference.rows(f), q: ReconstructionReference.rows(q), start: ReconstructionReference.rows(start),
            temperature: 2,
            l: 1e-3 * 0.05 * energy)
        var values = dense.start
        for _ in 0..<4 { values = dense.step(values) }
        #expect(answer.losses.count == 5 && zip(answer.losses, answer.losses.dropFirst()).allSatisfy { $0 > $1 })
        // Both in double precision; conjugate gradients leave 10⁻⁸ of the right side.
        for (mine, theirs) in zip(try ReconstructionReference.rows(answer.values).joined(), values.joined()) {
            #expect(abs(mine - theirs) < 1e-6)
        }
    }

    @Test(
        "the last layer by its divergence is nearer to the teacher than by regression, in reconstruction and after any method",
        arguments: [
            ("reconstruct", "head=teacher", "head=divergence"), ("average", "refine=head", "refine=head-divergence"),
            ("transplant", "refine=head", "refine=head-divergence"),
        ])
    func isNearer(method: String, regression: String, divergence: String) throws {
        let suite = ReconstructionTests()
        let both = try suite.parents(.perceptron), samples = try suite.inputs(.perceptron, 300)
        let teacher = try Teacher(parents: ParentSet(both, reference: 0), shares: nil)
        let wanted = try teacher.probabilities(teacher.logits(samples.values), temperature: 2)
        func distance(_ outcome: FusionOutcome) throws -> Double {
            try (wanted * (wanted.logarithm() - (outcome.network(samples.values).converted(to: .float64) / 2).logSoftmax(axis: 1))).sum()
                .item()
        }
        let before = try suite.fuse(both, samples, shares: suite.alike(both), regression, "inputs=300", method: method),
            after = try suite.fuse(both, samples, shares: suite.alike(both), divergence, "inputs=300", method: method)
        #expect(try distance(after) < distance(before))
        let losses = try #require(after.reconstruction?.head?.divergences)
        // The last steps may trade a little of the divergence for the pull of the start.
        #expect(losses.count > 1 && losses.first ?? 0 > losses.last ?? 1)
        #expect(before.reconstruction?.head?.divergences == nil)
        #expect(after.notes.contains { $0.contains("Newton steps") })
    }
}
