import Fusion
import Networks
import Testing
@testable import Runs

@Suite("Neurons of one layer") struct NeuronInspectorTests {
    @Test(
        "neurons inside attention heads, and heads, are measured by the weights that lead into them", arguments: [Importance.Kind.l1, .l2])
    func heads(kind: Importance.Kind) throws {
        let network = try ArchitectureSpec("vit:width=8,depth=1,heads=2,patch=8").fresh(input: [3, 32, 32], classes: 7, seed: 1)
        let inside = network.groups.hidden.filter(\.producers.isEmpty)
        #expect(inside.contains { $0.isHeadGroup } && inside.contains { !$0.isHeadGroup })
        for group in inside {
            let sheet = try NeuronInspector(Importance(kind), inputs: nil).sheet(of: network, group: group.name)
            let rows = try network.incomingWeights(of: group, withBias: true)
            let values = try rows.array(of: Double.self), width = rows.shape[1]
            #expect(sheet.scores.count == group.neurons && sheet.activity == nil)
            for neuron in 0..<group.neurons {
                let row = values[neuron * width..<(neuron + 1) * width]
                let expected = kind == .l1 ? row.reduce(0) { $0 + abs($1) } : row.reduce(0) { $0 + $1 * $1 }.squareRoot()
                #expect(abs(sheet.scores[neuron] - expected) < 1e-5 * (1 + expected), "\(group.name) \(neuron)")
            }
        }
    }

    @Test("importance that needs activations names the measures that work there")
    func refusal() throws {
        let network = try ArchitectureSpec("vit:width=8,depth=1,heads=2,patch=8").fresh(input: [3, 32, 32], classes: 7, seed: 1)
        let group = try #require(network.groups.hidden.first { $0.producers.isEmpty })
        #expect { try NeuronInspector(Importance(.conductance), inputs: nil).sheet(of: network, group: group.name) } throws: {
            "\($0)".contains("press i for l1 or l2")
        }
    }
}
