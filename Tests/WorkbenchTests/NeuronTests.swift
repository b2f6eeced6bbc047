import Fusion
import Screen
import Testing

@testable import Workbench

@Suite("the neurons")
struct NeuronTests {
    @Test("screen 3 shows a strip for every parent and the fused network, and what the neuron under the cursor is")
    func strips() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("3")
        #expect(bench.model.neuronSnapshot?.owners.count == 3)
        for words in ["A●", "B▲", "◆", "dead", "top-activating samples", "incoming weights"] {
            #expect(bench.text.contains(words), "\(words)")
        }
        #expect(bench.statusLine.contains("rank"))
    }

    @Test("v shows distributions, matched neurons and a table", arguments: [(80, 24), (160, 45)])
    func views(columns: Int, rows: Int) throws {
        let bench = try bench(Size(columns: columns, rows: rows))
        try bench.play("3 v")
        for words in ["distributions", "the most important first", "norm of incoming weights", "median"] {
            #expect(bench.text.contains(words), "\(words)")
        }
        try bench.play("v")
        for words in ["matches", "importance in its parent"] { #expect(bench.text.contains(words), "\(words)") }
        try bench.play("v")
        #expect(bench.model.neurons.showsTable && bench.text.contains("‖w‖ in"))
        try bench.play("v")
        #expect(bench.model.neurons.view == .strips)
    }

    @Test("by rank the first neuron of a strip is the most important one, and home and end reach both ends")
    func rank() throws {
        let bench = try bench()
        try bench.play("3 home")
        let owner = try #require(bench.model.neuronOwner)
        #expect(bench.model.neurons.neuron == owner.scores.indices.max { owner.scores[$0] < owner.scores[$1] })
        try bench.play("end")
        #expect(bench.model.neurons.neuron == owner.scores.indices.min { owner.scores[$0] < owner.scores[$1] })
    }

    @Test("one selection for all screens: Enter shows the neuron in the plan, and 3 comes back to it")
    func selection() throws {
        let bench = try bench()
        try bench.play("3 home right right right")
        let neuron = bench.model.neurons.neuron
        try bench.play("enter")
        #expect(bench.model.screen == .align)
        #expect(bench.model.cursorEntry?.row == neuron)
        try bench.play("down down 3")
        #expect(bench.model.neurons.neuron == bench.model.cursorEntry?.row)
    }

    @Test("matched order puts a parent's neuron where its fused partner stands")
    func matched() throws {
        let bench = try bench()
        try bench.play("3 s s")
        #expect(bench.model.neurons.order == .matched)
        let owner = try #require(bench.model.neuronSnapshot?.owners.first)
        let best = try #require(bench.model.coupling).analysis.best
        let columns = bench.model.neuronOrder(of: owner).compactMap { best[$0]?.column }
        #expect(columns == columns.sorted())
    }

    @Test("p goes from strip to strip to the neuron that corresponds, and around")
    func owners() throws {
        let bench = try bench()
        try bench.play("3 home p p")
        #expect(bench.model.neuronOwner?.role == .fused)
        try bench.play("p")
        #expect(bench.model.neuronOwner?.role == .parent(0))
    }

    @Test("i chooses another importance, { } the class whose part of it is shown; norms have no classes and say so")
    func classes() throws {
        let bench = try bench()
        try bench.play("3 }")
        #expect(bench.statusLine.contains("no samples"))
        try bench.play("i }")
        #expect(bench.model.neurons.score == .activation && bench.model.neurons.label == 0)
        let owner = try #require(bench.model.neuronOwner)
        #expect(bench.model.scores(of: owner) == owner.byClass[0])
        try bench.play("{")
        #expect(bench.model.neurons.label == nil)
        try bench.play("{")
        #expect(bench.model.neurons.label == 9)
    }

    @Test("n goes from dead neuron to dead neuron")
    func dead() throws {
        let bench = try bench()
        try bench.play("3 n")
        #expect(bench.model.neuronOwner?.isDead(bench.model.neurons.neuron) == true)
        let first = bench.model.neurons.neuron
        try bench.play("n")
        #expect(bench.model.neurons.neuron != first)
        #expect(bench.statusLine.contains("dead on 500 samples"))
    }

    @Test("the table has a row for each neuron and keeps the cursor")
    func table() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("3 home right v")
        #expect(bench.text.contains("maps to"))
        let neuron = bench.model.neurons.neuron
        try bench.play("down")
        let owner = try #require(bench.model.neuronOwner), order = bench.model.neuronOrder(of: owner)
        #expect(order.firstIndex(of: bench.model.neurons.neuron) == (order.firstIndex(of: neuron) ?? 0) + 1)
    }

    @Test("a click on a strip takes the neuron under the pointer")
    func click() throws {
        let bench = try bench()
        try bench.play("3")
        let geometry = try #require(bench.model.stripGeometry(of: 1))
        let place = try #require(geometry.place(10))
        try bench.play("click:\(place.row),\(place.column)")
        let owner = try #require(bench.model.neuronOwner)
        #expect(owner.role == .parent(1) && bench.model.neuronOrder(of: owner)[10] == bench.model.neurons.neuron)
    }

    @Test("what cannot be scored says why and what to press")
    func failure() throws {
        let bench = try bench(engine: FakeEngine(failure: "importance by conductance needs samples, but the recipe has no data"))
        try bench.play("3")
        #expect(bench.text.contains("needs samples"))
        try bench.play("left enter n v")
        #expect(bench.model.screen == .neurons)
    }

    @Test("after a fusion the neurons are looked at again")
    func refreshed() throws {
        let bench = try bench()
        try bench.play("3 F")
        #expect(!bench.model.neurons.snapshots.isEmpty)
        try bench.play("wait")
        #expect(bench.model.neurons.snapshots.isEmpty)
        try bench.play("3")
        #expect(bench.model.neuronSnapshot != nil)
    }
}
