import Hyperparameters
import Networks
import Tensors
import Testing

@testable import Fusion

@Suite("What a fusion takes, told before it begins") struct ForecastTests {
    let suite = ReconstructionTests()
    /// A machine of round numbers.
    let speed = MachineSpeed(passes: 1e9, single: 1e9, double: 1e9, moved: 1e9)

    private func fuser(_ assignments: [String], method: String = "reconstruct", samples: Int = 300) throws -> Fuser {
        var recipe = Recipe(method: try Methods.named(method))
        for text in assignments { try recipe.apply(assignment: text) }
        return try fuser(recipe, samples: samples)
    }
    private func fuser(_ recipe: Recipe, samples: Int = 300) throws -> Fuser {
        try Fuser(parents: suite.parents(.residual), recipe: recipe, inputs: suite.inputs(.residual, samples))
    }

    @Test("more inputs, more rows and controls take longer; the method's own figures add up")
    func monotone() throws {
        func work(_ assignments: String...) throws -> WorkCount { try #require(try fuser(assignments).workCount()) }
        let base = try work("samples=100", "inputs=500", "rows=1000", "controls=none")
        let inputs = try work("samples=100", "inputs=1000", "rows=1000", "controls=none")
        let rows = try work("samples=100", "inputs=500", "rows=4000", "controls=none")
        let controls = try work("samples=100", "inputs=500", "rows=1000", "controls=best")
        #expect(inputs.passes == 2 * base.passes && inputs.double > base.double)
        #expect(rows.passes == base.passes && rows.single + rows.double > base.single + base.double)
        #expect(controls.passes > base.passes && controls.double > base.double)
        // Three networks see 500 inputs.
        let each = try suite.parents(.residual).map { Double($0.trace.multiplyAdds) }
        #expect(base.passes == 500 * (each[0] + each[1] + each[0]))
        let forecast = Forecast(base, speed)
        #expect(abs(forecast.seconds - (base.passes + base.single + base.double + base.moved) / 1e9) < 1e-12)
        #expect(forecast.bytes == Int(base.kept + base.step))
    }

    @Test("a budget halves rows and inputs until the forecast fits; the recipe carries them and has the same bits again")
    func budget() throws {
        let recipe = try fuserRecipe("samples=100", "controls=none")
        let whole = try #require(try fuser(recipe).forecast(speed))
        let kept = try recipe.fitting(FusionBudget(seconds: whole.seconds * 1.01), speed: speed) { try fuser($0) }
        #expect(!kept.isChanged && kept.recipe == recipe)
        let fitted = try recipe.fitting(FusionBudget(seconds: whole.seconds / 3), speed: speed) { try fuser($0) }
        #expect(fitted.isChanged && fitted.forecast.seconds <= whole.seconds / 3)
        #expect(fitted.recipe.settings[Reconstruction.rows] < recipe.settings[Reconstruction.rows])
        #expect(fitted.recipe.settings[ExpandedInputs.mixup] < recipe.settings[ExpandedInputs.mixup])
        let once = try fuser(fitted.recipe).fuse().network, again = try fuser(fitted.recipe).fuse().network
        #expect(try distance(once, again) == 0)
        let lean = try recipe.fitting(FusionBudget(bytes: whole.bytes * 9 / 10), speed: speed) { try fuser($0) }
        #expect(lean.forecast.bytes <= whole.bytes * 9 / 10)
    }

    @Test("a budget that nothing fits is refused with what the least recipe takes, and so is one for work that is not counted")
    func refusals() throws {
        let recipe = try fuserRecipe("samples=100")
        #expect(throws: FusionError.self) { try recipe.fitting(FusionBudget(seconds: 1e-9), speed: speed) { try fuser($0) } }
        do { _ = try recipe.fitting(FusionBudget(bytes: 1), speed: speed) { try fuser($0) } } catch {
            #expect("\(error)".contains("the budget is too small") && "\(error)".contains("rows=1000"))
        }
        let other = try Recipe(method: Methods.named("git-rebasin"))
        #expect(try fuser(other).forecast(speed) == nil)
        do { _ = try other.fitting(FusionBudget(seconds: 10), speed: speed) { try fuser($0) } } catch {
            #expect("\(error)".contains("not counted"))
        }
    }

    @Test("the machine's speed is measured on the parents and the samples")
    func measured() throws {
        let found = try #require(try fuser([]).speed())
        for value in [found.passes, found.single, found.double, found.moved] { #expect(value > 0 && value.isFinite) }
        let without = try Fuser(parents: suite.parents(.residual), recipe: Recipe(method: Methods.named("git-rebasin")))
        #expect(try without.speed() == nil)
    }

    private func fuserRecipe(_ assignments: String...) throws -> Recipe {
        var recipe = Recipe(method: try Methods.named("reconstruct"))
        for text in assignments { try recipe.apply(assignment: text) }
        return recipe
    }
}
