import Foundation
import Fusion
import Testing

@Suite("Recipes") struct RecipeTests {
    func error(_ body: () throws -> Void) -> String {
        do { try body(); return "" } catch { return "\(error)" }
    }

    @Test("a recipe written as a file reads back equal", arguments: Methods.all.map(\.id))
    func roundTrip(id: String) throws {
        let method = try Methods.named(id)
        var recipe = Recipe(
            parents: ["/models/a \"quoted\" \\ name.pt", "/models/b.pt"], method: method, data: "digits:train", evaluation: "digits:test",
            seed: 7)
        // Every hyperparameter moved once, one after another.
        for hyperparameter in method.hyperparameters {
            let value = hyperparameter.stepped(recipe.settings[hyperparameter.key] ?? hyperparameter.fallback, by: 1)
            try recipe.settings.set(hyperparameter.key, value)
            let again = try Recipe(toml: recipe.toml(), path: "recipe.toml")
            #expect(again.parents == recipe.parents)
            #expect(again.settings.effective.map(\.value) == recipe.settings.effective.map(\.value), "\(hyperparameter.key)")
            #expect(again.seed == 7 && again.data == "digits:train" && again.evaluation == "digits:test")
        }
    }

    @Test("parents' paths are relative to the recipe's folder")
    func relativePaths() throws {
        let recipe = try Recipe(toml: "parents = [\"a.pt\", \"/b.pt\"]", path: "sets/one/recipe.toml")
        #expect(recipe.parents == ["sets/one/a.pt", "/b.pt"])
    }

    @Test("an unknown key, a value out of range, a wrong type: each is named with its line and what is allowed")
    func refusals() {
        func refusal(_ text: String) -> String { error { _ = try Recipe(toml: text, path: "r.toml") } }
        #expect(refusal("method = \"otfusion\"\n[hyperparameters]\nepsilom = 1").contains("r.toml:3"))
        #expect(refusal("[hyperparameters]\nepsilom = 1.0").contains("did you mean epsilon?"))
        #expect(refusal("[hyperparameters]\nepsilon = -1.0").contains("allowed: 1e-06 … 1000"))
        #expect(refusal("[hyperparameters]\nsource = 3").contains("activations, weights"))
        #expect(refusal("[hyperparameters]\nsource = \"wieghts\"").contains("“wieghts”"))
        #expect(refusal("sead = 1").contains("unknown field “sead”"))
        #expect(refusal("seed = -1").contains("whole number"))
        #expect(refusal("method = \"magic\"").contains(Methods.all.map(\.id).joined(separator: ", ")))
        #expect(refusal("method = ").contains("r.toml"))
        #expect(refusal("parents = \"a\"").contains("list of texts in quotes"))
        #expect(refusal("parents = [1]").contains("quotes"))
        #expect(error { _ = try Recipe(file: "no/such/recipe.toml") }.contains("there is no such file"))
    }

    @Test("--set takes what the declarations allow and nothing else")
    func assignments() throws {
        var recipe = Recipe()
        try recipe.apply(assignment: "epsilon = 0.2")
        try recipe.apply(assignment: "solver=sinkhorn")
        #expect(recipe.settings["epsilon"] == .real(0.2))
        #expect(recipe.settings.differences.map(\.key) == ["solver", "epsilon"])
        #expect(throws: RecipeError.assignment(text: "epsilon")) { try recipe.apply(assignment: "epsilon") }
        for text in ["epsilon=abc", "epsilon=-1", "epsilon=1e999", "epsilon=", "samples=0", "samples=1.5", "clip=maybe", "source=mind"] {
            #expect(throws: RecipeError.self, "\(text)") { try recipe.apply(assignment: text) }
        }
        #expect(recipe.settings["epsilon"] == .real(0.2))
    }

    @Test("a hyperparameter without effect is left out of form, file and command")
    func conditions() throws {
        var recipe = Recipe()
        #expect(!recipe.settings.effective.contains { $0.hyperparameter.key == "epsilon" })
        try recipe.apply(assignment: "epsilon=0.5")
        #expect(recipe.settings.differences.isEmpty)
        try recipe.apply(assignment: "solver=unbalanced")
        #expect(recipe.settings.effective.contains { $0.hyperparameter.key == "marginal-penalty" })
        #expect(recipe.command() == "amalgam fuse --method otfusion --set solver=unbalanced --set epsilon=0.5")
    }

    @Test("the command quotes what a shell would take amiss")
    func command() {
        let recipe = Recipe(parents: ["it's a model.pt", "plain.pt"], data: "digits:train")
        #expect(
            recipe.command(output: "f.pt")
                == #"amalgam fuse 'it'\''s a model.pt' plain.pt --method otfusion --data digits:train --output f.pt"#)
    }

    @Test("declarations are sound: keys unique, defaults in range, conditions on keys declared before", arguments: Methods.all.map(\.id))
    func declarations(id: String) throws {
        let method = try Methods.named(id)
        var seen: Set<String> = []
        for hyperparameter in method.hyperparameters {
            #expect(seen.insert(hyperparameter.key).inserted)
            #expect(try hyperparameter.check(hyperparameter.fallback) == hyperparameter.fallback)
            #expect(try hyperparameter.parse(hyperparameter.fallback.description) == hyperparameter.fallback)
            #expect(hyperparameter.help.hasSuffix(".") && !hyperparameter.title.isEmpty && !hyperparameter.paper.isEmpty)
            for condition in hyperparameter.conditions { #expect(seen.contains(condition.key)) }
        }
        for preset in method.presets { _ = try method.settings(preset: preset.id) }
        #expect(throws: RecipeError.self) { _ = try method.settings(preset: "nothing") }
    }

    @Test("sliders stay in range, move both ways and come back")
    func sliders() {
        for hyperparameter in Methods.all.flatMap(\.hyperparameters) {
            var value = hyperparameter.fallback
            for steps in [1, 1, 1, -1, -1, -1] { value = hyperparameter.stepped(value, by: steps) }
            for steps in [100, -100] {
                let end = hyperparameter.stepped(value, by: steps)
                #expect((try? hyperparameter.check(end)) != nil, "\(hyperparameter.key) \(end)")
                if let position = hyperparameter.position(of: end) { #expect((0...1).contains(position)) }
            }
        }
        let epsilon = OTFusion.epsilon.erased
        var seen: [String] = []
        var value = HyperparameterValue.real(0.05)
        for _ in 0..<4 { value = epsilon.stepped(value, by: 1); seen.append(value.description) }
        #expect(seen == ["0.1", "0.2", "0.5", "1"])
        #expect(epsilon.stepped(.real(0.07), by: -1) == .real(0.05))
        #expect(epsilon.stepped(.real(0.07), by: 1) == .real(0.1))
    }

    @Test("the page of hyperparameters is what the declarations say")
    func reference() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: folder.appendingPathComponent("docs/hyperparameters.md"), encoding: .utf8)
        for line in Methods.all.flatMap(HyperparameterReference.markdown) where !line.isEmpty {
            #expect(page.contains(line), "docs/hyperparameters.md lacks: \(line). Make it again with  amalgam recipe defaults --markdown")
        }
    }
}
