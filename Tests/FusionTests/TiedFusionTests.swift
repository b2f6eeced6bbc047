import Fusion
import Networks
import Tensors
import Testing

/// 6 → 12, then twice 12 → 12 with one weight, then 3 classes.
func tiedNetwork(seed: UInt64) throws -> Network {
    let architecture = try MultilayerPerceptron.architecture(layers: ["first", "second", "third", "head"], inputWidth: 6).sharing([
        "third.weight": "second.weight"
    ])
    return try Network.fresh(
        architecture,
        shapes: [
            "first.weight": [12, 6], "first.bias": [12], "second.weight": [12, 12], "second.bias": [12], "third.bias": [12],
            "head.weight": [3, 12], "head.bias": [3],
        ], seed: seed)
}

/// Random inputs of width 6 with classes.
struct ClassedInputs: InputSource {
    let values: Tensor
    var count: Int { values.shape[0] }
    func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
    func labels(_ range: Range<Int>) throws -> [Int]? { range.map { $0 % 3 } }
}

func classedInputs(_ count: Int = 90) throws -> ClassedInputs {
    ClassedInputs(values: try Tensor.normal([count, 6], generator: Generator(seed: 11)))
}

/// Every method with few steps of what takes long.
func quickRecipes() throws -> [Recipe] {
    let quick = ["epochs=3", "head-epochs=3", "samples=90", "inputs=300", "combine-inputs=300", "refine-updates=10", "sweeps=20"]
    return try Methods.all.map { method in
        var recipe = Recipe(method: method)
        for text in quick where method.hyperparameter(String(text.prefix { $0 != "=" })) != nil { try recipe.apply(assignment: text) }
        return recipe
    }
}

@Suite("Fusing networks with tied parameters") struct TiedFusionTests {
    @Test("every method leaves a tied parameter one, and says that it did")
    func everyMethod() throws {
        let parents = try [1, 2].map { try tiedNetwork(seed: $0) }
        for recipe in try quickRecipes() {
            let outcome = try Fuser(parents: parents, recipe: recipe, inputs: classedInputs()).fuse()
            #expect(outcome.network.architecture.aliases.map(\.name) == ["third.weight"], "\(recipe.method.id)")
            #expect(outcome.network.parameters["third.weight"] == nil)
            #expect(try outcome.network.parameters.values.allSatisfy { try !$0.dtype().isFloatingPoint || $0.allFinite() })
            #expect(
                outcome.notes.contains { $0.contains("tied parameters stay tied: third.weight and second.weight") }, "\(recipe.method.id)")
        }
    }

    @Test(
        "a copy with its neurons in another order comes back exactly",
        arguments: [
            ["otfusion", "source=weights"], ["otfusion", "source=activations", "samples=90"], ["git-rebasin", "matching=weights"],
            ["git-rebasin", "matching=activations"],
        ])
    func permutedCopy(words: [String]) throws {
        let network = try tiedNetwork(seed: 5)
        for seed in 1...3 as ClosedRange<UInt64> {
            var recipe = Recipe(method: try Methods.named(words[0]))
            for text in ["reference=last"] + words.dropFirst() { try recipe.apply(assignment: text) }
            let outcome = try Fuser(parents: [shuffled(network, seed: seed), network], recipe: recipe, inputs: classedInputs()).fuse()
            // Means of equal numbers, in single precision.
            #expect(try distance(outcome.network, network) < 1e-5, "\(words) \(seed)")
        }
    }

    @Test("methods that fit layer by layer leave tied layers to the plan, and name them", arguments: ["hf", "kf", "reconstruct"])
    func notFitted(method: String) throws {
        let network = try tiedNetwork(seed: 5)
        let recipe = try #require(try quickRecipes().first { $0.method.id == method })
        let outcome = try Fuser(parents: [network, tiedNetwork(seed: 6)], recipe: recipe, inputs: classedInputs()).fuse()
        #expect(outcome.notes.contains { $0.contains("second") && $0.contains("tied") && $0.contains("not fitted") }, "\(outcome.notes)")
    }

    @Test("no level of the gradient variant ends between two layers that share a weight; a level named so is refused")
    func levels() throws {
        let parents = try [1, 2].map { try tiedNetwork(seed: $0) }
        var recipe = try #require(try quickRecipes().first { $0.method.id == "kf-gradient" })
        let outcome = try Fuser(parents: parents, recipe: recipe, inputs: classedInputs()).fuse()
        #expect(
            outcome.notes.filter { $0.hasPrefix("level ") }.map { $0.prefix { $0 != ":" } } == ["level first", "level third", "level head"])
        try recipe.apply(assignment: "levels=first,second,third")
        #expect { try Fuser(parents: parents, recipe: recipe, inputs: classedInputs()) } throws: { "\($0)".contains("share second.weight") }
    }

    @Test("a head that is tied is not solved by itself; refinements of all layers train it once")
    func tiedHead() throws {
        // The last two layers read and give three values.
        let architecture = try MultilayerPerceptron.architecture(layers: ["first", "second", "head"], inputWidth: 6).sharing([
            "head.weight": "second.weight"
        ])
        let shapes = ["first.weight": [3, 6], "first.bias": [3], "second.weight": [3, 3], "second.bias": [3], "head.bias": [3]]
        let parents = try [1, 2].map { try Network.fresh(architecture, shapes: shapes, seed: $0) }
        #expect {
            try Fuser(parents: parents, recipe: recipe("refine=head", method: Averaging.method), inputs: classedInputs()).fuse()
        } throws: {
            "\($0)".contains("head, is tied to another layer")
        }
        for rule in ["distillation", "gauss-newton"] {
            let outcome = try Fuser(
                parents: parents, recipe: recipe("refine=\(rule)", "refine-updates=20", method: Averaging.method), inputs: classedInputs()
            ).fuse()
            let losses = try #require(outcome.reconstruction?.refinement)
            #expect(try #require(losses.last) <= #require(losses.first))
            #expect(outcome.network.sharedNames == ["second.weight"])
        }
    }

    @Test("a weight tied to the input's layer is averaged where it stands; a method that selects neurons refuses it by name")
    func tiedToInput() throws {
        let architecture = try MultilayerPerceptron.architecture(layers: ["fc1", "fc2", "fc3"], inputWidth: 6).sharing([
            "fc2.weight": "fc1.weight"
        ])
        let parents = try [1, 2].map {
            try Network.fresh(
                architecture, shapes: ["fc1.weight": [6, 6], "fc1.bias": [6], "fc2.bias": [6], "fc3.weight": [3, 6]], seed: $0)
        }
        let mean = try (parents[0].parameter("fc1.weight") + parents[1].parameter("fc1.weight")) / 2
        for recipe in try quickRecipes() {
            let fuser = Result { try Fuser(parents: parents, recipe: recipe, inputs: classedInputs()).fuse() }
            switch fuser {
            case .success(let outcome):
                #expect(outcome.network.sharedNames == ["fc1.weight"])
                guard ["average", "otfusion", "git-rebasin", "hf", "kf"].contains(recipe.method.id) else { continue }
                // The importance of neurons may weigh the parents: the mean itself only where they count alike.
                if ["average", "otfusion", "hf", "kf"].contains(recipe.method.id) {
                    #expect(try (outcome.network.parameter("fc1.weight") - mean).magnitude().maximum().item() < 1e-6, "\(recipe.method.id)")
                }
            case .failure(let error):
                #expect(["transplant", "reconstruct"].contains(recipe.method.id), "\(recipe.method.id): \(error)")
                #expect("\(error)".contains("fc1.weight is tied"))
            }
        }
    }

    @Test("a parent that does not tie what the other ties gives a network of two parameters, and that is said")
    func tiedInOne() throws {
        let tied = try tiedNetwork(seed: 1)
        var parameters = try tiedNetwork(seed: 2).parameters
        parameters["third.weight"] = try Tensor.normal([12, 12], generator: Generator(seed: 3))
        let apart = try Network(
            MultilayerPerceptron.architecture(layers: ["first", "second", "third", "head"], inputWidth: 6), parameters: parameters)
        let outcome = try Fuser(parents: [tied, apart], recipe: recipe(method: Averaging.method)).fuse()
        #expect(outcome.network.parameters["third.weight"] != nil)
        #expect(outcome.notes.first?.contains("second.weight and third.weight are tied in parent A but not in every parent") == true)
    }
}
