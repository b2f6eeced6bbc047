import Foundation
import Networks
import Tensors
import Testing

@testable import Fusion

/// SLERP, task arithmetic, TIES and DARE after an alignment, against the formulas written out number by number.
@Suite("Combinations of checkpoint merging")
struct MergeTests {
    /// Three networks fine-tuned from `base`, in its order of neurons; and the same with shuffled neurons.
    let base: Network, tuned: [Network], shuffledParents: [Network], inputs: TensorInputs

    init() throws {
        let base = try MultilayerPerceptron.fresh(widths: [12, 9, 7, 4], bias: true, seed: 1)
        self.base = base
        tuned = try (0..<3).map { seed in try Self.moved(base, seed: UInt64(10 + seed)) }
        shuffledParents = try tuned.enumerated().map { try shuffled($1, seed: UInt64($0)) }
        inputs = try randomInputs(60, width: 12, seed: 3)
    }

    /// A network near another one.
    static func moved(_ network: Network, seed: UInt64) throws -> Network {
        let generator = try Generator(seed: seed)
        var parameters: [String: Tensor] = [:]
        for name in network.parameterNames {
            let value = try network.parameter(name)
            parameters[name] = try value + Tensor.normal(value.shape, generator: generator) * 0.05
        }
        return try network.with(parameters: parameters)
    }

    /// A linear layer with a batch norm.
    static func normalised(seed: UInt64) throws -> Network {
        let architecture = try Architecture(
            family: "test", inputShape: [6],
            nodes: [
                .init(id: "fc1", layer: Linear(), prefix: "fc1", sources: [Architecture.input]),
                .init(id: "bn", layer: BatchNormalization(), prefix: "bn", sources: ["fc1"]),
                .init(id: "fc2", layer: Linear(), prefix: "fc2", sources: ["bn"]),
            ])
        let shapes = [
            "fc1.weight": [8, 6], "bn.weight": [8], "bn.bias": [8], "bn.running_mean": [8], "bn.running_var": [8], "fc2.weight": [3, 8],
        ]
        return try Network.fresh(architecture, shapes: shapes, seed: seed)
    }

    func fuse(_ parents: [Network], _ assignments: String..., method: String = "average", seed: UInt64 = 5) throws -> FusionOutcome {
        var recipe = Recipe(method: try Methods.named(method), seed: seed)
        for text in assignments { try recipe.apply(assignment: text) }
        return try Fuser(parents: parents, recipe: recipe, inputs: inputs).fuse()
    }

    func values(_ network: Network, _ name: String) throws -> [Double] {
        try network.parameter(name).converted(to: .float64).array(of: Double.self)
    }

    /// Compares a fused network's parameters with a formula over the parents' numbers of one tensor.
    func expect(_ fused: Network, _ parents: [Network], equals formula: ([[Double]]) -> [Double]) throws {
        for name in fused.parameterNames {
            let found = try values(fused, name), wanted = formula(try parents.map { try values($0, name) })
            // Parameters are single precision.
            for (one, other) in zip(found, wanted) { #expect(abs(one - other) < 1e-6, "\(name)") }
        }
    }

    @Test("slerp follows the arc between two parents", arguments: [0.0, 0.3, 0.5, 1.0])
    func slerp(fraction: Double) throws {
        let far = try MultilayerPerceptron.fresh(widths: [12, 9, 7, 4], bias: true, seed: 2)
        let fused = try fuse([base, far], "combine=slerp", "combine-weights=\(1 - fraction),\(fraction)").network
        try expect(fused, [base, far]) { tensors in
            let (a, b) = (tensors[0], tensors[1])
            func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
            let angle = acos(dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot())
            return zip(a, b).map { (sin((1 - fraction) * angle) * $0 + sin(fraction * angle) * $1) / sin(angle) }
        }
    }

    @Test("slerp needs two parents")
    func slerpOfThree() {
        #expect(throws: FusionError.self) { try fuse([base] + tuned, "combine=slerp") }
    }

    @Test("task arithmetic adds weighted task vectors to the base, wherever the base stands")
    func taskArithmetic() throws {
        let last = try fuse(tuned + [base], "combine=task-arithmetic", "combine-weights=1,2,1,9", "combine-scale=1.5")
        try expect(last.network, tuned + [base]) { t in
            t[3].indices.map { i in t[3][i] + 1.5 * ((t[0][i] - t[3][i]) + 2 * (t[1][i] - t[3][i]) + (t[2][i] - t[3][i])) / 4 }
        }
        #expect(last.notes.contains { $0.contains("parent D") })
        let first = try fuse([base] + tuned, "combine=task-arithmetic", "combine-base=A", "combine-weights=9,1,2,1", "combine-scale=1.5")
            .network
        #expect(try distance(first, last.network) < 1e-6)
    }

    @Test("TIES trims each tensor, elects a sign and averages what agrees")
    func ties() throws {
        let fused = try fuse(tuned + [base], "combine=ties", "combine-density=0.4").network
        try expect(fused, tuned + [base]) { t in
            let vectors = (0..<3).map { k in
                let vector = zip(t[k], t[3]).map { $0 - $1 }
                let kept = max(1, Int((0.4 * Double(vector.count)).rounded()))
                let least = vector.map(abs).sorted(by: >)[kept - 1]
                return vector.map { abs($0) >= least ? $0 : 0 }
            }
            return t[3].indices.map { i in
                let sum = vectors.reduce(0) { $0 + $1[i] }
                let agreeing = vectors.map { $0[i] }.filter { $0 * sum > 0 }
                return t[3][i] + (agreeing.isEmpty ? 0 : agreeing.reduce(0, +) / Double(agreeing.count))
            }
        }
    }

    @Test("TIES without two task vectors is refused, and says what is missing")
    func tiesOfOne() {
        #expect { try fuse([tuned[0], base], "combine=ties") } throws: { "\($0)".contains("two or more task vectors") }
    }

    @Test("DARE keeps a random fraction, rescaled; the seed decides which")
    func dare() throws {
        let one = try fuse([tuned[0], base], "combine=dare", "combine-density=0.25").network
        let again = try fuse([tuned[0], base], "combine=dare", "combine-density=0.25").network
        let other = try fuse([tuned[0], base], "combine=dare", "combine-density=0.25", seed: 6).network
        #expect(try distance(one, again) == 0)
        #expect(try distance(one, other) > 0)
        var kept = 0, count = 0
        for name in one.parameterNames {
            let (fused, tuned, base) = (try values(one, name), try values(tuned[0], name), try values(base, name))
            for ((fused, tuned), base) in zip(zip(fused, tuned), base) {
                count += 1
                if fused == base { continue }
                kept += 1
                #expect(abs(fused - base - 4 * (tuned - base)) < 2e-6)
            }
        }
        // 219 draws of probability 1/4: five standard deviations are 32.
        #expect(abs(kept - count / 4) < 32)
    }

    @Test("merges follow the alignment: shuffled parents give the same function", arguments: ["slerp", "task-arithmetic", "ties"])
    func afterAlignment(combine: String) throws {
        let parents = combine == "slerp" ? [tuned[0], base] : tuned + [base]
        let moved = combine == "slerp" ? [shuffledParents[0], base] : shuffledParents + [base]
        let plain = try fuse(parents, "combine=\(combine)").network
        for method in ["git-rebasin", "otfusion"] {
            let assignments = method == "otfusion" ? ["source=weights"] : []
            var recipe = Recipe(method: try Methods.named(method), seed: 5)
            for text in ["combine=\(combine)", "reference=last"] + assignments { try recipe.apply(assignment: text) }
            let aligned = try Fuser(parents: moved, recipe: recipe, inputs: inputs).fuse().network
            #expect(try (aligned(inputs.values) - plain(inputs.values)).magnitude().maximum().item() < 1e-4, "\(method)")
        }
    }

    @Test("running statistics are averaged, not extrapolated")
    func statistics() throws {
        let networks = try (1...3).map { seed in
            let network = try Self.normalised(seed: UInt64(seed))
            var parameters = network.parameters
            for parameter in network.trace.parameters where parameter.fullName.hasSuffix("running_var") {
                parameters[parameter.fullName] = try network.parameter(parameter.fullName) * Double(seed)
            }
            return try network.with(parameters: parameters)
        }
        var recipe = Recipe(method: Averaging.method, seed: 1)
        for text in ["combine=task-arithmetic", "combine-scale=10", "combine-base=C"] { try recipe.apply(assignment: text) }
        let fused = try Fuser(parents: networks, recipe: recipe).fuse().network
        for name in fused.parameterNames where name.hasSuffix("running_var") {
            #expect(try (fused.parameter(name) - 1.5).magnitude().maximum().item() < 1e-5)
        }
    }
}
