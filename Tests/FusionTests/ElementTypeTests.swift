import Fusion
import Networks
import Tensors
import Testing

@Suite("Element types of parents") struct ElementTypeTests {
    private func parents(_ types: [DType]) throws -> [Network] {
        try types.enumerated().map {
            try MultilayerPerceptron.fresh(widths: [6, 10, 8, 3], bias: true, seed: UInt64($0 + 1)).converted(to: $1)
        }
    }

    /// The largest difference of logits, in parts of the largest logit.
    private func gap(_ first: Network, _ second: Network) throws -> Double {
        let x = try classedInputs().values
        let (one, other) = (try first(x).converted(to: .float64), try second(x).converted(to: .float64))
        return try (one - other).magnitude().maximum().item() / max(1, one.magnitude().maximum().item())
    }

    @Test("every method fuses parents in double precision, and the result is that of single precision up to its rounding")
    func double() throws {
        // The automatic choice takes one of several recipes that are nearly as good: rounding may decide which.
        for recipe in try quickRecipes() where recipe.method != Automatic.method {
            let wide = try Fuser(parents: parents([.float64, .float64]), recipe: recipe, inputs: classedInputs()).fuse().network
            let narrow = try Fuser(parents: parents([.float32, .float32]), recipe: recipe, inputs: classedInputs()).fuse().network
            #expect(wide.dtype == .float64, "\(recipe.method.id)")
            #expect(narrow.dtype == .float32, "\(recipe.method.id)")
            // Single precision has seven digits; least squares with a ridge of 1e-4 and Adam's quotients of small gradients may lose four of them.
            #expect(try gap(wide, narrow) < 1e-3, "\(recipe.method.id)")
        }
    }

    @Test("parents of several types are computed in the widest, by every method")
    func mixed() throws {
        for recipe in try quickRecipes() {
            let outcome = try Fuser(parents: parents([.bfloat16, .float64, .float32]), recipe: recipe, inputs: classedInputs()).fuse()
            #expect(outcome.network.dtype == .float64, "\(recipe.method.id)")
            #expect(try outcome.network.parameters.values.allSatisfy { try $0.allFinite() })
        }
    }

    @Test("half-precision parents are computed in single precision")
    func half() throws {
        let outcome = try Fuser(parents: parents([.bfloat16, .float16]), recipe: recipe(method: Averaging.method)).fuse()
        #expect(outcome.network.dtype == .float32)
    }

    @Test(
        "what may follow a method works in double precision too",
        arguments: [
            ["combine=regression", "combine-inputs=300"], ["refine=head"], ["refine=head-divergence"], ["refine=gauss-newton"],
            ["refine=distillation", "refine-updates=10"], ["repair=repair"],
        ])
    func followed(words: [String]) throws {
        var recipe = Recipe(method: Averaging.method)
        for text in words { try recipe.apply(assignment: text) }
        let wide = try Fuser(parents: parents([.float64, .float32]), recipe: recipe, inputs: classedInputs()).fuse().network
        let narrow = try Fuser(parents: parents([.float32, .float32]), recipe: recipe, inputs: classedInputs()).fuse().network
        #expect(wide.dtype == .float64)
        // As above; the conjugate gradients of Gauss-Newton lose their orthogonality in single precision after a few of 30 iterations.
        let difference = try gap(wide, narrow)
        #expect(difference < (words == ["refine=gauss-newton"] ? 0.1 : 1e-3), "\(difference)")
    }

    @Test(
        "every way of comparing neurons works in double precision",
        arguments: [
            ["source=weights"], ["activation-scaling=standardise"], ["activation-scaling=normalise"], ["solver=sinkhorn"],
            ["solver=gromov"], ["scheme=sequential"], ["scheme=barycenter", "source=weights"],
            ["marginals=importance"], ["marginals=importance", "importance=conductance"], ["rerun-activations=true"],
        ])
    func transport(words: [String]) throws {
        var recipe = Recipe(method: OTFusion.method)
        for text in ["samples=90"] + words { try recipe.apply(assignment: text) }
        let outcome = try Fuser(parents: parents([.float64, .float32]), recipe: recipe, inputs: classedInputs()).fuse()
        #expect(outcome.network.dtype == .float64)
    }

    @Test("batch norms' statistics are re-estimated in double precision")
    func statistics() throws {
        let architecture = try MultilayerPerceptron.architecture(
            layers: ["fc1", "fc2"], norms: ["fc1": (prefix: "bn", layer: BatchNormalization())], inputWidth: 6)
        let shapes = [
            "fc1.weight": [8, 6], "bn.weight": [8], "bn.bias": [8], "bn.running_mean": [8], "bn.running_var": [8],
            "bn.num_batches_tracked": [], "fc2.weight": [3, 8],
        ]
        let networks = try [1, 2].map { try Network.fresh(architecture, shapes: shapes, seed: $0).converted(to: .float64) }
        let outcome = try Fuser(parents: networks, recipe: recipe(method: Averaging.method), inputs: classedInputs()).fuse()
        #expect(try outcome.network.parameter("bn.running_var").dtype() == .float64)
        #expect(outcome.notes.contains { $0.contains("re-estimated") })
    }

    @Test("a bias on one side only is one of zeros on the other, whichever is the reference", arguments: ["first", "last"])
    func oneBias(reference: String) throws {
        let with = try MultilayerPerceptron.fresh(widths: [6, 10, 3], bias: true, seed: 1),
            without = try MultilayerPerceptron.fresh(widths: [6, 10, 3], bias: false, seed: 2)
        for var recipe in try quickRecipes() {
            if recipe.method.hyperparameter("reference") != nil { try recipe.apply(assignment: "reference=\(reference)") }
            let outcome = try Fuser(parents: [with, without], recipe: recipe, inputs: classedInputs()).fuse()
            #expect(outcome.network.parameters["fc1.bias"] != nil, "\(recipe.method.id)")
            #expect(outcome.notes.first?.hasPrefix("parent B has no bias in fc1, fc2") == true, "\(outcome.notes)")
        }
        let mean = try Fuser(parents: [with, without], recipe: recipe("reference=\(reference)", method: Averaging.method)).fuse().network
        // Halves are exact.
        #expect(try (mean.parameter("fc1.bias") * 2 - with.parameter("fc1.bias")).magnitude().maximum().item() == 0)
    }
}
