import Networks
import Tensors
import Testing
import Transport

@testable import Fusion

@Suite("Weight matching of large groups") struct WarmMatchingTests {
    private func normal(_ shape: [Int], seed: UInt64) throws -> Tensor {
        try Tensor.normal(shape, generator: Generator(seed: seed), dtype: .float64)
    }

    /// Each hidden group's partners of the second network in the first.
    private func partners(_ networks: [Network], large: Int, skips: Bool) throws -> [[Int?]] {
        let context = FusionContext(networks: networks, settings: try recipe(method: GitRebasin.method).settings)
        let parents = try context.parentSet()
        let matching = WeightMatching(
            parents: parents, settings: try GroupSettings(context.settings, edits: context.edits, parents: parents), seed: 7, large: large,
            skips: skips)
        let groups = parents.groups.withoutHeadGroups.filter { $0.role == .hidden }
        try matching.prepare(groups, control: FusionControl())
        return try groups.map { try matching.partners(of: $0, parent: 1, scores: ([], []), control: FusionControl()).partners }
    }

    @Test(
        "single precision, the last prices and groups left out find the partners of the cold start in double precision",
        arguments: SampleNetwork.allCases)
    func sameAsCold(kind: SampleNetwork) throws {
        let networks = try (1...2).map { try kind.network(seed: UInt64($0), width: 8) }
        let cold = try partners(networks, large: .max, skips: false)
        #expect(cold.contains { $0 != Array(0..<$0.count) }, "something has moved")
        #expect(try partners(networks, large: 1, skips: true) == cold)
        #expect(try partners(networks, large: .max, skips: true) == cold)
    }

    @Test("large groups of a shuffled copy are put back in order")
    func shuffledCopy() throws {
        let network = try MultilayerPerceptron.fresh(widths: [20, 600, 520, 5], bias: true, seed: 1)
        let outcome = try Fuser(
            parents: [network, shuffled(network, seed: 2)], recipe: recipe(method: GitRebasin.method), inputs: nil
        ).fuse()
        // Partners are each other's copies: their mean is one of them, exactly.
        #expect(try distance(outcome.network, network) == 0)
    }

    @Test("an assignment started from another problem's prices has the same columns, value and certificate", arguments: [1.0, 0.1, 0.001])
    func prices(change: Double) throws {
        let first = try normal([120, 120], seed: 10), other = try normal([120, 120], seed: 11)
        func matrix(_ tensor: Tensor) throws -> Matrix { try Matrix(rows: 120, columns: 120, values: tensor.array(of: Double.self)) }
        for direction in [AssignmentSolver.Direction.minimize, .maximize] {
            let solver = AssignmentSolver(direction)
            let before = try solver.solve(cost: matrix(first)), next = try matrix(first + other * change)
            let cold = try solver.solve(cost: next), warm = try solver.solve(cost: next, prices: before.columnPotential)
            #expect(warm.columns == cold.columns)
            #expect(abs(warm.objective - cold.objective) < 1e-12 * 120)
            #expect(try abs(#require(warm.certificate.dualityGap)) < 1e-9)
            // Nothing changed: hardly a row needs a search.
            let same = try solver.solve(cost: matrix(first), prices: before.columnPotential)
            #expect(same.columns == before.columns && same.certificate.iterations <= before.certificate.iterations)
        }
    }

    @Test("neurons carried one for one, each so many times, are carried as by the matrix that says the same")
    func scaledMap() throws {
        let network = try SampleNetwork.lenet.network(seed: 1), group = try #require(network.groups.hidden.first)
        let sources: [Int?] = (0..<group.neurons).map { $0 == 1 ? nil : ($0 * 5 + 2) % group.neurons }
        let map = NeuronMap.scaled(sources, sources.indices.map { 0.25 * Double($0 + 1) })
        let matrix = try map.matrix(neurons: group.neurons)
        let dense = NeuronMap.mixture(try Tensor(matrix.values, shape: [matrix.rows, matrix.columns]))
        for name in network.parameterNames {
            for (axis, layout) in network.groups.layouts[name] ?? [:] where layout.parts.contains(where: { $0.group == group.id }) {
                let value = try network.parameter(name)
                let own = try network.groups.carried(value, axis: axis, layout: layout, along: [group.id: map])
                let theirs = try network.groups.carried(value, axis: axis, layout: layout, along: [group.id: dense])
                #expect(try (own - theirs).magnitude().maximum().item() == 0)
            }
        }
    }
}
