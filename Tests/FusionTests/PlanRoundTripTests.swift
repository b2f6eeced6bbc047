import Fusion
import Networks
import Tensors
import Testing

@testable import Fusion

/// Stored plans, pins and sweeps for every method that aligns and combines.
@Suite("Every method carries out stored plans and keeps to pins")
struct PlanRoundTripTests {
    let a: Network, b: Network, inputs: TensorInputs

    init() throws {
        a = try MultilayerPerceptron.fresh(widths: [12, 9, 7, 4], bias: true, seed: 1)
        b = try MultilayerPerceptron.fresh(widths: [12, 9, 7, 4], bias: true, seed: 2)
        inputs = try randomInputs(120, width: 12, seed: 3)
    }

    func fuser(_ method: String, _ assignments: String...) throws -> Fuser {
        var recipe = Recipe(method: try Methods.named(method), seed: 5)
        for text in assignments { try recipe.apply(assignment: text) }
        return try Fuser(parents: [a, b], recipe: recipe, inputs: inputs)
    }

    static let methods = ["git-rebasin", "transplant", "hf", "kf", "kf-gradient", "reconstruct", "otfusion", "average"]

    @Test("a plan that was stored gives the same network again", arguments: methods)
    func roundTrip(method: String) throws {
        let fuser = try fuser(method)
        let outcome = try fuser.fuse()
        let again = try fuser.fuse(along: fuser.plan(from: StoredPlan(outcome.plan)))
        // Masses are stored divided by their sum, which rounds; regressions and gradient descent magnify that a little.
        let (before, after) = (try outcome.network(inputs.values), try again.network(inputs.values))
        #expect(try (before - after).magnitude().maximum().item() < 1e-3)
        #expect(again.plan.groups.map(\.group.name) == outcome.plan.groups.map(\.group.name))
    }

    @Test("a pinned pair is in the plan, a forbidden one is not", arguments: ["git-rebasin", "transplant", "hf", "kf", "reconstruct"])
    func pins(method: String) throws {
        for (neuron, place) in [(3, 6), (0, 2)] {
            let pinned = try fuser(method, "fc1/pin=B:\(neuron):\(place)").plan()
            let coupling = try #require(pinned.groups.first { $0.group.name == "fc1" }?.couplings.first { $0.parent == 1 })
            #expect(coupling.plan.dense()[neuron, place] > 0)
            #expect((0..<coupling.plan.columns).filter { coupling.plan.dense()[neuron, $0] > 0 } == [place])
        }
        let free = try fuser(method).plan()
        let coupling = try #require(free.groups.first { $0.group.name == "fc1" }?.couplings.first { $0.parent == 1 })
        let entry = try #require(coupling.plan.entries.first)
        let barred = try fuser(method, "fc1/forbid=B:\(entry.row):\(entry.column)").fuse()
        let kept = try #require(barred.plan.groups.first { $0.group.name == "fc1" }?.couplings.first { $0.parent == 1 })
        #expect(kept.plan.dense()[entry.row, entry.column] == 0)
        #expect(try barred.network(inputs.values).allFinite())
    }

    @Test("settings of a single group change that group")
    func groupSettings() throws {
        #expect(try fuser("transplant", "fc1/neurons=5").plan().groups.first { $0.group.name == "fc1" }?.neurons == 5)
        #expect(try fuser("kf", "fc1/neurons=6").fuse().network.groups.hidden.map(\.neurons) == [6, 7])
        let ward = try fuser("kf", "fc1/clustering=ward").plan(), plain = try fuser("kf").plan()
        #expect(ward.groups.first { $0.group.name == "fc2" } != nil && ward.groups.count == plain.groups.count)
        #expect(throws: FusionError.self) { try fuser("git-rebasin", "fc1/matching=activations").plan() }
    }

    @Test("a sweep over what only the combination reads plans once")
    func sweep() throws {
        for (method, key, values) in [
            ("otfusion", "blend", [0.2, 0.5, 0.8]), ("transplant", "logit-scale", []), ("kf-gradient", "learning-rate", [1e-3, 1e-2]),
        ] as [(String, String, [Double])] where !values.isEmpty {
            let plans = Counter()
            let control = FusionControl(progress: { if case .planned = $0 { plans.add() } })
            let once = try fuser(method).plan().groups.count
            var networks: [Network] = []
            try fuser(method).sweep(key, over: values.map { .real($0) }, control: control) { _, outcome in networks.append(outcome.network)
            }
            #expect(networks.count == values.count && plans.count == once)
        }
    }

    @Test("a stored selection without its classes weights the parents' logits, it does not add them up")
    func missingClasses() throws {
        let fuser = try fuser("transplant")
        let outcome = try fuser.fuse()
        var stored = StoredPlan()
        for planned in outcome.plan.groups where planned.group.role == .hidden {
            for coupling in planned.couplings { stored[planned.group.name, coupling.parent] = StoredCoupling(coupling) }
        }
        let again = try fuser.fuse(along: fuser.plan(from: stored))
        // Parents of equal width weigh one half each.
        #expect(try (outcome.network(inputs.values) - again.network(inputs.values)).magnitude().maximum().item() < 1e-5)
    }

    @Test(
        "where masses weight the parents, a stored plan without the reference's coupling is refused, not guessed",
        arguments: ["git-rebasin", "hf", "kf"])
    func missingReference(method: String) throws {
        let fuser = try fuser(method)
        let plan = try fuser.plan(), reference = fuser.parents.reference
        var stored = StoredPlan()
        for planned in plan.groups {
            for coupling in planned.couplings where coupling.parent != reference {
                stored[planned.group.name, coupling.parent] = StoredCoupling(coupling)
            }
        }
        #expect { try fuser.plan(from: stored) } throws: { "\($0)".contains("no coupling of neuron group") }
    }

    @Test("an earlier name of a hyperparameter is noted, once")
    func earlierName() throws {
        let notes = try fuser("hf", "solver=cutoff").fuse().notes.filter { $0.contains("is now called regression-solver") }
        #expect(notes.count == 1)
    }

    @Test("hf and kf without their own regression solve none to align, and say by what they compare")
    func average() throws {
        for method in ["hf", "kf"] {
            let outcome = try fuser(method, "combine=average").fuse()
            #expect(!outcome.notes.contains { $0.contains("rank") })
            #expect(outcome.notes.contains { $0.contains("the parents' own activations") })
            #expect(outcome.notes.contains("combined by the mean of the weights"))
            #expect(try outcome.network(inputs.values).allFinite())
        }
    }
}

private final class Counter: @unchecked Sendable {
    private(set) var count = 0
    func add() { count += 1 }
}
