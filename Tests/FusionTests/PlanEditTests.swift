import Fusion
import Networks
import Tensors
import Testing
import Transport

@Suite("Edits of a plan") struct PlanEditTests {
    let a: Network, b: Network

    init() throws {
        a = try MultilayerPerceptron.fresh(widths: [12, 8, 6, 4], bias: true, seed: 1)
        b = try MultilayerPerceptron.fresh(widths: [12, 8, 6, 4], bias: true, seed: 2)
    }

    func recipe(_ texts: [String]) throws -> Recipe {
        var recipe = Recipe(method: OTFusion.method)
        for text in ["source=weights"] + texts { try recipe.apply(assignment: text) }
        return recipe
    }

    func plan(_ texts: [String]) throws -> FusionPlan { try Fuser(parents: [a, b], recipe: recipe(texts)).plan() }

    func message(_ texts: [String]) -> String {
        do { _ = try plan(texts); return "" } catch { return "\(error)" }
    }

    @Test(
        "a pinned pair carries all its mass and a forbidden one none, by every solver that keeps to them",
        arguments: ["exact", "sinkhorn", "unbalanced"])
    func constraints(solver: String) throws {
        let free = try #require(plan(["solver=\(solver)"]).groups.first { $0.group.name == "fc1" }).couplings[0].plan.dense()
        // The pair that carries most is forbidden, and another pinned that carried least.
        let most = try #require(free.values.indices.max { free.values[$0] < free.values[$1] })
        let (row, column) = (most / 8, most % 8)
        let other = try #require((0..<8).filter { $0 != row }.min { free[$0, (column + 1) % 8] < free[$1, (column + 1) % 8] })
        let edited = try plan(["solver=\(solver)", "fc1/forbid=A:\(row):\(column)", "fc1/pin=A:\(other):\((column + 1) % 8)"])
        let coupling = try #require(edited.groups.first { $0.group.name == "fc1" }).couplings[0]
        #expect(coupling.plan.dense()[row, column] == 0)
        #expect(abs(coupling.plan.dense()[other, (column + 1) % 8] - coupling.source[other]) < 1e-9)
        #expect(coupling.transport?.certificate.converged == true)
    }

    @Test("demands that no plan can meet are refused, and say why")
    func infeasible() {
        #expect(message((0..<8).map { "fc1/forbid=A:3:\($0)" }).contains("neuron group fc1, parent A: no plan avoids the forbidden pairs"))
        #expect(message(["solver=sinkhorn"] + (0..<8).map { "fc1/forbid=A:3:\($0)" }).contains("no plan avoids the forbidden pairs"))
        #expect(message(["fc1/pin=A:1:1", "fc1/pin=A:1:2"]).contains("need more mass"))
        #expect(message(["fc1/pin=A:1:1", "fc1/forbid=A:1:1"]).contains("both pinned and forbidden"))
        #expect(message(["fc1/pin=A:99:1"]).contains("is outside the plan of 8 rows"))
        #expect(message(["fc1/pin=C:1:1"]).contains("A … B"))
        #expect(message(["fc9/pin=A:1:1"]).contains("fc9"))
        #expect(message(["fc1/solver=gromov", "fc1/pin=A:1:1"]).contains("use exact, sinkhorn or unbalanced"))
        #expect(message(["scheme=barycenter", "fc1/pin=A:1:1"]).contains("scheme=reference"))
    }

    @Test("edits that make no sense are refused when they are written")
    func refusals() throws {
        func refusal(_ text: String) -> String {
            var recipe = Recipe(method: OTFusion.method)
            do { try recipe.apply(assignment: text); return "" } catch { return "\(error)" }
        }
        #expect(refusal("fc1/pin=A-1-1").contains("PARENT:NEURON:FUSED"))
        #expect(refusal("fc1/pin=A:-1:1").contains("counted from 0"))
        #expect(refusal("fc1/neurons=0").contains("1 or more"))
        #expect(refusal("fc1/samples=4").contains("the same for all groups"))
        #expect(refusal("fc1/solvre=exact").contains("did you mean solver?"))
        #expect(refusal("/solver=exact").contains("KEY=VALUE"))
        var recipe = Recipe(method: Averaging.method)
        recipe.edits["fc1"].neurons = 3
        #expect { _ = try Fuser(parents: [a, b], recipe: recipe) } throws: { "\($0)".contains("no plan that can be edited") }
    }

    @Test("one group may have its own solver, metric, weights and number of neurons")
    func overrides() throws {
        let edited = try plan(["fc2/solver=sinkhorn", "fc2/epsilon=0.5", "fc1/solver=identity"])
        let groups = Dictionary(uniqueKeysWithValues: edited.groups.map { ($0.group.name, $0.couplings[0]) })
        #expect(groups["fc1"]?.identityShare == 1 && groups["fc1"]?.transport == nil)
        #expect(groups["fc2"]?.transport?.certificate.solver.contains("sinkhorn") == true)
        let narrow = try Fuser(parents: [a, b], recipe: recipe(["fc1/neurons=5"])).fuse().network
        #expect(try narrow.parameter("fc1.weight").shape == [5, 12])
        #expect(try narrow.parameter("fc2.weight").shape == [6, 5])
        let alone = try Fuser(parents: [a, b], recipe: recipe(["fc1/weights=0,1"])).fuse().network
        #expect(try (alone.parameter("fc1.weight") - b.parameter("fc1.weight")).magnitude().maximum().item() == 0)
        #expect(try (alone.parameter("fc2.weight") - b.parameter("fc2.weight")).magnitude().maximum().item() > 1e-3)
    }

    @Test("a recipe with edits reads back equal, from its file and from its command")
    func roundTrip() throws {
        var recipe = try recipe([
            "fc1/pin=A:3:7", "fc1/forbid=A:0:0", "fc2/solver=sinkhorn", "fc2/epsilon=0.25", "layer1.0.conv1/neurons=12", "fc2/weights=1,3",
        ])
        recipe.parents = ["/a.pt", "/b.pt"]
        let again = try Recipe(toml: recipe.toml(), path: "r.toml")
        #expect(again.edits == recipe.edits && !again.edits.isEmpty)
        var spoken = Recipe(method: OTFusion.method)
        for assignment in recipe.edits.assignments { try spoken.apply(assignment: assignment) }
        #expect(spoken.edits == recipe.edits)
        #expect(recipe.command().contains("--set fc1/pin=A:3:7"))
        let written = try Recipe(toml: "[groups.fc1]\nsolver = \"sinkhorn\"\npin = [\"A:3:7\"]\nneurons = 5", path: "r.toml")
        #expect(written.edits["fc1"].neurons == 5 && written.edits["fc1"].pinned == [.init(parent: 0, from: 3, to: 7)])
        func refusal(_ text: String) -> String { do { _ = try Recipe(toml: text, path: "r.toml"); return "" } catch { return "\(error)" } }
        #expect(refusal("[groups.fc1]\npin = [3]").contains("groups.fc1"))
        #expect(refusal("[groups.fc1]\nneurons = \"many\"").contains("whole number"))
        #expect(refusal("[groups.fc1]\nreference = \"first\"").contains("the same for all groups"))
        #expect(refusal("groups = 3").contains("tables"))
    }

    @Test("a plan that was stored is carried out again to the same network, and one of other parents is refused")
    func stored() throws {
        for option in ["solver=exact", "solver=sinkhorn", "map-scaling=rows"] {
            let fuser = try Fuser(parents: [a, b], recipe: recipe([option, "last-layer=transport"]))
            let outcome = try fuser.fuse()
            var stored = StoredPlan()
            for planned in outcome.plan.groups {
                for coupling in planned.couplings where coupling.transport != nil {
                    stored[planned.group.name, coupling.parent] = StoredCoupling(
                        plan: coupling.plan, source: coupling.source, target: coupling.target)
                }
            }
            #expect(try distance(fuser.fuse(along: fuser.plan(from: stored)).network, outcome.network) == 0)
            let narrow = try MultilayerPerceptron.fresh(widths: [12, 7, 6, 4], bias: true, seed: 3)
            #expect { _ = try Fuser(parents: [narrow, b], recipe: recipe([])).plan(from: stored) } throws: {
                "\($0)".contains("made for other parents")
            }
            #expect { _ = try fuser.plan(from: StoredPlan()) } throws: { "\($0)".contains("no coupling of neuron group fc1 for parent A") }
        }
    }
}
