import Testing

@testable import Fusion

@Suite("Hyperparameters") struct HyperparameterTests {
    @Test("a hyperparameter reads as its type: the value given, else the default of the method")
    func typed() throws {
        var settings = Settings(OTFusion.method)
        let epsilon: Double = settings[OTFusion.epsilon], solver: OTFusion.Solver = settings[OTFusion.solver]
        #expect(epsilon == 0.05 && solver == .exact)
        #expect(settings[Blending.reference] == .last && Settings(KMeansFusion.method)[Blending.reference] == .first)
        try settings.set(OTFusion.epsilon, 0.2)
        try settings.apply(assignment: "metric=squared-euclidean")
        try settings.apply(assignment: "reference=b")
        #expect(settings[OTFusion.epsilon] == 0.2 && settings["epsilon"] == .real(0.2))
        #expect(settings[OTFusion.metric] == .squaredEuclidean && settings[Blending.reference] == .number(1))
        #expect(throws: RecipeError.value(key: "epsilon", value: "-1", allowed: "1e-06 … 1000")) { try settings.set(OTFusion.epsilon, -1) }
        #expect(settings[OTFusion.epsilon] == 0.2)
    }

    @Test("every choice of a declaration is a case of its enumeration, and reads back as it")
    func choices() throws {
        func check<Value: HyperparameterChoice>(_ hyperparameter: Hyperparameter<Value>, _ method: Method) throws {
            guard case .choice(let choices) = try method.table.declared(hyperparameter.key).kind else { Issue.record("no choice"); return }
            for choice in choices {
                var settings = Settings(method)
                try settings.apply(assignment: "\(hyperparameter.key)=\(choice.word)")
                #expect(settings[hyperparameter].word == choice.word)
            }
        }
        try check(OTFusion.metric, OTFusion.method)
        try check(OTFusion.gromovLoss, OTFusion.method)
        try check(OTFusion.pruning, OTFusion.method)
        try check(CombinationChoice.rule, KMeansFusion.method)
        try check(CombinationChoice.rule, OTFusion.method)
        try check(Interpolation.head, GradientFusion.method)
        try check(Transplantation.power, Transplantation.method)
    }

    @Test(
        "an earlier name of a hyperparameter still reads, in assignments and in files, and is noted once",
        arguments: [
            ("reconstruct", "jitter", "augmentation", "affine"), ("reconstruct", "share-strength", "prior-exponent", "1"),
            ("reconstruct", "class-shares", "class-priors", "equal"), ("kf", "grouping", "clustering", "ward"),
            ("kf", "solver", "regression-solver", "cutoff"), ("hf", "solver", "regression-solver", "published-cutoff"),
            ("kf", "tries", "restarts", "3"), ("git-rebasin", "tries", "restarts", "3"),
            ("otfusion", "rerun-activations", "recompute-activations", "true"), ("otfusion", "unit-rows", "normalise-weights", "true"),
            ("kf-gradient", "level-ends", "level-boundary", "after"),
        ])
    func aliases(id: String, old: String, new: String, value: String) throws {
        let method = try Methods.named(id)
        var one = Settings(method), other = Settings(method)
        try one.apply(assignment: "\(old)=\(value)")
        try one.apply(assignment: "\(old)=\(value)")
        try other.apply(assignment: "\(new)=\(value)")
        #expect(one == other && one[old] == other[new] && one.differences.map(\.key) == other.differences.map(\.key))
        #expect(one.notes == ["the hyperparameter \(old) is now called \(new); the old name still works"])
        #expect(other.notes.isEmpty)
        let isWord = Double(value) == nil && value != "true"
        let file = "method = \"\(id)\"\n[hyperparameters]\n\(old) = \(isWord ? "\"\(value)\"" : value)\n"
        let read = try Recipe(toml: file, path: "old.toml")
        #expect(read.settings[new] == other[new] && read.toml().contains("\n\(new) = ") == other.effective.contains { $0.0.key == new })
    }

    @Test("an earlier name reads for one neuron group too")
    func groupAliases() throws {
        var recipe = Recipe()
        try recipe.apply(assignment: "fc1/unit-rows=true")
        #expect(recipe.edits["fc1"].values == ["normalise-weights": .flag(true)])
        let read = try Recipe(toml: "[groups.fc1]\nunit-rows = true\n", path: "old.toml")
        #expect(read.edits == recipe.edits)
    }

    @Test("recipe files write auto as a word, and a true 0 as a number", arguments: ["auto", "0", "0.7"])
    func automaticInFiles(value: String) throws {
        let written = try recipe("prior-exponent=\(value)", "refine=distillation", method: Reconstruction.method)
        let toml = written.toml()
        let expected = ["auto": "\"auto\"", "0": "0.0", "0.7": "0.7"][value] ?? ""
        #expect(toml.contains("\nprior-exponent = \(expected)\n") && toml.contains("\nrefine-rate = \"auto\"\n"))
        let read = try Recipe(toml: toml, path: "a.toml")
        #expect(read.settings == written.settings && read.toml() == toml)
        #expect(written.command().contains("prior-exponent") == (value != "auto"))
        // A file of an earlier version may have meant auto.
        #expect(read.settings.notes.contains { $0.contains("prior-exponent") } == (value == "0"))
    }

    @Test("auto leaves the decision to the method, and shows the value in force where it is known")
    func automatic() throws {
        let exponent = ClassPriorWeighting.exponent.erased
        let automatic = try exponent.parse("auto")
        #expect(exponent.text(automatic) == "auto" && exponent.text(automatic, parents: 2) == "auto (0.5)")
        #expect(exponent.text(automatic, parents: 9) == "auto (1)" && exponent.text(.real(0.7), parents: 2) == "0.7")
        #expect(exponent.fallback == automatic && exponent.range == "0 … 4, or auto")
        // A true 0 is a number like any other, one step of a slider above auto.
        #expect(try exponent.parse("0") == .real(0) && exponent.text(.real(0)) == "0")
        #expect(exponent.stepped(automatic, by: 1) == .real(0) && exponent.stepped(.real(0), by: -1) == automatic)
        #expect(exponent.stepped(automatic, by: -1) == automatic && exponent.stepped(.real(0), by: 1) == .real(0.2))
        #expect(throws: RecipeError.self) { try exponent.parse("-0.5") }
        let read = try Recipe(toml: "method = \"reconstruct\"\n[hyperparameters]\nprior-exponent = \"auto\"\n", path: "a.toml")
        #expect(read.settings.differences.isEmpty)
        #expect(throws: RecipeError.self) { try OTFusion.epsilon.erased.parse("auto") }
    }
}
