import Foundation
import Fusion
import Screen
import Testing

@testable import Workbench

@Suite("views of the plan")
struct ViewsOfPlanTests {
    @Test("v goes through plan, cost, change, all layers, flow and table, V back; Esc returns to the plan")
    func looks() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("2")
        for look in MapView.allCases.dropFirst() {
            try bench.play("v")
            #expect(bench.model.align.view == look)
            #expect(bench.row(1).contains(look.rawValue))
        }
        try bench.play("V esc")
        #expect(bench.model.align.view == .plan)
    }

    @Test("the change is the plan minus the one before the last knob, and sums to nothing")
    func change() throws {
        let bench = try bench()
        try bench.play("4")
        bench.select("solver")
        try bench.play("right 2 v v")
        let change = try #require(bench.model.planChange)
        #expect(change.values.contains { $0 > 0 } && change.values.contains { $0 < 0 })
        // Both plans hold mass 1 in single precision: 2304 entries of 1e-4 round by 1e-11 each.
        #expect(abs(change.values.reduce(0) { $0 + Double($1) }) < 1e-5)
    }

    @Test("without a change of the recipe there is nothing to compare with, and the screen says what to do")
    func noChange() throws {
        let bench = try bench()
        try bench.play("2 v v")
        #expect(bench.text.contains("No change yet"))
    }

    @Test("costs of layers that are not shown are let go beyond a limit; the view of costs plans the layer again and has them")
    func forgottenCosts() throws {
        let bench = try bench()
        try bench.play("4 set:solver=sinkhorn 2")
        var model = bench.model
        func costs(_ group: String) -> Int { model.plans[group]?.snapshot.costBytes ?? 0 }
        let first = try #require(model.plans["fc1"]?.snapshot), second = try #require(model.plans["fc2"]?.snapshot)
        #expect(first.costBytes > 0 && second.costBytes > 0 && model.plans["fc1"]?.before?.costBytes == 0)
        model.mostCosts = 0
        _ = model.receivePlan(first, recipe: model.recipe)
        #expect(costs("fc1") == first.costBytes && costs("fc2") == 0)
        // The plan itself stays, and only the view of costs plans the layer again.
        _ = model.selectGroup(1)
        #expect(model.coupling?.plan == second.couplings.first?.plan && model.replan().isEmpty)
        model.align.view = .cost
        #expect(model.viewSentence.contains("computed again") && !model.replan().isEmpty)
        _ = model.receivePlan(second, recipe: model.recipe)
        #expect(costs("fc2") == second.costBytes && costs("fc1") == 0 && model.replan().isEmpty)
    }

    @Test("the first plan shown is one of a layer that the method changes, unless a layer was chosen")
    func firstChanged() throws {
        var model = try bench().model
        let second = try #require(model.plans["fc2"]?.snapshot)
        (model.plans, model.selectedGroup, model.seeksPlan) = ([:], 0, true)
        _ = model.receivePlan(GroupSnapshot(group: "fc1", couplings: [], isUntouched: true, seconds: 0), recipe: model.recipe)
        #expect(model.group?.name == "fc2" && model.seeksPlan)
        _ = model.receivePlan(second, recipe: model.recipe)
        #expect(model.group?.name == "fc2" && !model.seeksPlan)
        model.seeksPlan = true
        _ = model.selectGroup(0)
        #expect(model.group?.name == "fc1" && !model.seeksPlan)
    }

    @Test("space begins a rectangle whose mass is the sum of its entries; the whole plan holds 1")
    func rectangle() throws {
        let bench = try bench()
        try bench.play("2 s s s g 0 space G $")
        let all = try #require(bench.model.selectedMass)
        // 48 × 48 single-precision entries.
        #expect(abs(all.mass - 1) < 1e-5 && all.rows == 48 && all.columns == 48)
        #expect(bench.statusLine.contains("mass 1.0000"))
        try bench.play("esc g 0 space j j l")
        let part = try #require(bench.model.selectedRectangle), coupling = try #require(bench.model.coupling)
        let order = coupling.order(bench.model.align.order)
        var sum = 0.0
        for row in part.row..<part.row + part.rows {
            for column in part.column..<part.column + part.columns { sum += Double(coupling.plan[order.rows[row], order.columns[column]]) }
        }
        #expect(bench.model.selectedMass?.mass == sum)
    }

    @Test("dragging over the map selects a rectangle, a click lets go of it")
    func drag() throws {
        let bench = try bench()
        try bench.play("2")
        let map = try #require(bench.model.mapGeometry).map
        bench.send(.input(.mouse(MouseEvent(.press, at: Position(row: map.row, column: map.column)))))
        bench.send(.input(.mouse(MouseEvent(.drag, at: Position(row: map.row + 4, column: map.column + 8)))))
        #expect(bench.model.selectedRectangle != nil)
        #expect(bench.text.contains("Σ area"))
        bench.send(.input(.mouse(MouseEvent(.press, at: Position(row: map.row + 2, column: map.column + 2)))))
        #expect(bench.model.selectedRectangle == nil)
    }

    @Test("going to a pair by name; what is no neuron is refused in the field", arguments: ["A7 F30", "7 30", "f30 a7"])
    func goto(text: String) throws {
        let bench = try bench()
        try bench.play("2 '")
        for character in text { bench.send(.input(.key(.character(character)))) }
        try bench.play("enter")
        let entry = try #require(bench.model.cursorEntry)
        #expect(entry == (7, 30) && bench.model.overlay == nil)
    }

    @Test(
        "going nowhere says why",
        arguments: [("A99", "neurons 0 to 47"), ("Z3", "no parent Z"), ("what", "is not a neuron"), ("", "write a pair")])
    func nowhere(text: String, reason: String) throws {
        let bench = try bench()
        let before = bench.model
        try bench.play("2 '")
        for character in text { bench.send(.input(.key(.character(character)))) }
        try bench.play("enter")
        #expect(bench.text.contains(reason))
        try bench.play("esc")
        #expect(bench.model.overlay == nil && bench.model.align.parent == before.align.parent)
    }

    @Test("a cursor over a plan of 512×512, and a letter in a field, change few cells: slow lines stay quick")
    func changes() throws {
        let bench = try bench(Size(columns: 200, rows: 50))
        bench.replace(try bench.model.withPlan(neurons: 512))
        func changed(_ keys: String) throws -> Int {
            let before = bench.cells
            try bench.play(keys)
            let after = bench.cells
            return (0..<50).reduce(0) { count, row in count + (0..<200).count { before[row, $0] != after[row, $0] } }
        }
        _ = try changed("l")
        // A changed cell costs up to some twenty bytes with its colours; two kilobytes are a hundred of them, and most changes are text in one colour.
        for key in ["j", "l", "k", "j"] { #expect(try changed(key) < 250, "\(key)") }
        try bench.play("4 enter")
        #expect(try changed("text:5") < 40)
    }

    @Test("a thumbnail chooses its layer")
    func thumbnails() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("2 v v v")
        let target = try #require(bench.cells.targets.first { $0.target as? MouseTarget == .miniature(1) })
        try bench.play("click:\(target.area.row + 1),\(target.area.column + 1)")
        #expect(bench.model.group?.name == "fc2" && bench.model.align.view == .plan)
    }

    @Test("the spectral order is made on a worker and stays with the plan")
    func spectral() throws {
        let bench = try bench()
        try bench.play("2 s s")
        #expect(bench.model.align.order == .spectral)
        let order = try #require(bench.model.coupling?.orders[.spectral])
        #expect(order.rows.sorted() == Array(0..<48))
    }

    @Test("large cells print their entries when asked")
    func numbers() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("2 9 + + +")
        #expect(bench.text.contains("100"))
    }

    @Test("one panel can have the whole screen and gives it back")
    func maximised() throws {
        let bench = try bench()
        try bench.play("2 z")
        #expect(bench.model.layout.panels.count == 1)
        try bench.play("tab z")
        #expect(bench.model.layout.panels.count > 1)
    }
}

@Suite("plans that are not well behaved")
struct OddPlanTests {
    /// Shows a matrix as the plan of fc1.
    private func shown(_ matrix: ValueGrid) throws -> Headless {
        let bench = try bench()
        let rows = Array(repeating: 1 / Double(max(1, matrix.rows)), count: matrix.rows),
            columns = Array(repeating: 1 / Double(max(1, matrix.columns)), count: matrix.columns)
        let coupling = try CouplingSnapshot(
            parent: 0, plan: .init(dense: .init(rows: matrix.rows, columns: matrix.columns) { Double(matrix[$0, $1]) }), rowMass: rows,
            columnMass: columns)
        var model = bench.model
        let effect = model.jobs.start(PlanJob(recipe: model.recipe, group: "fc1"))
        guard case .start(let started) = effect else { return bench }
        bench.replace(model)
        let snapshot = GroupSnapshot(group: "fc1", couplings: [coupling], seconds: 0), recipe = model.recipe
        bench.send(
            .job(
                ticket: started.ticket,
                .finished(JobAnswer(value: snapshot) { model, _, _ in model.receivePlan(snapshot, recipe: recipe) })))
        return bench
    }

    @Test(
        "NaN is drawn as ! and counted; zeros, one entry and one row are drawn and explained",
        arguments: [
            (3, 3, [Float.nan, 1, 0, 0, 1, 0, 0, 0, 1], "not a number"), (2, 2, [0, 0, 0, 0], "unmatched"), (1, 1, [1], "100"),
            (1, 5, [0.2, 0.2, 0.2, 0.2, 0.2], "◆0"),
        ] as [(Int, Int, [Float], String)])
    func odd(rows: Int, columns: Int, values: [Float], words: String) throws {
        let matrix = ValueGrid(rows: rows, columns: columns, values: values)
        let bench = try shown(#require(matrix))
        try bench.play("2")
        #expect(bench.text.contains(words))
        try bench.play("s s s r r o + + - G $ j l space v v v v v v ' text:0 enter esc a n N enter 3 2")
        #expect(bench.model.exit == nil)
    }
}
