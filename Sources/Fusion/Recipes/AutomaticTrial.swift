import Networks

/// A trial of the automatic choice: recipe and result.
public struct AutomaticTrial: Diagnostics, Sendable, Codable, Equatable {
    package let method: String
    /// The hyperparameters that differ from the method's defaults, as `--set` takes them.
    package let assignments: [String]
    /// The round of the halving, from 1; each has more samples to fuse on than the one before.
    package let round: Int
    package let samples: Int
    package let seconds: Double
    package let parameters: Int
    /// The share of held-out samples for which the network predicts the teacher's class.
    package let score: Double
    /// The mean divergence from the teacher on the held-out samples.
    package let divergence: Double
    /// Why the recipe could not be carried out; nil where it could.
    package let failure: String?
    /// Whether it is the one that the automatic choice returned.
    package internal(set) var isSelected: Bool?

    package init(
        method: String, assignments: [String], round: Int, samples: Int, seconds: Double, parameters: Int, score: Double,
        divergence: Double, failure: String?
    ) {
        self.method = method
        self.assignments = assignments
        self.round = round
        self.samples = samples
        self.seconds = seconds
        self.parameters = parameters
        self.score = score
        self.divergence = divergence
        self.failure = failure
    }

    /// As a recipe writes it.
    package var title: String { ([method] + assignments).joined(separator: " ") }

    /// The recipe that was tried, for the parents and the data of another: what the automatic choice carried out, to be looked at and changed.
    package func recipe(like other: Recipe) throws(RecipeError) -> Recipe {
        var recipe = other
        recipe.method = try Methods.named(method)
        recipe.settings = Settings(recipe.method)
        for text in assignments { try recipe.apply(assignment: text) }
        for hyperparameter in [Interpolation.samples, Refinement.samples] where recipe.settings.has(hyperparameter) {
            try recipe.settings.set(hyperparameter, samples)
        }
        return recipe
    }

    /// Whether another trial is better than this one: it was selected, has more samples to fuse on, or is closer to the teacher.
    package func isBeaten(by other: AutomaticTrial) -> Bool {
        guard other.failure == nil, isSelected != true else { return false }
        guard failure == nil, other.isSelected != true else { return true }
        return (other.round, -other.divergence) > (round, -divergence)
    }
}

extension [AutomaticTrial] {
    /// The trials that no other beats in divergence, size and time at once: the Pareto front.
    package var front: [AutomaticTrial] {
        filter { own in
            own.failure == nil
                && !contains { other in
                    other.failure == nil && other.divergence <= own.divergence && other.parameters <= own.parameters
                        && other.seconds <= own.seconds
                        && (other.divergence < own.divergence || other.parameters < own.parameters || other.seconds < own.seconds)
                }
        }
    }
}

/// The trials of the automatic choice, in order.
struct AutomaticTrials: Diagnostics {
    let trials: [AutomaticTrial]
}

extension FusionOutcome {
    /// The trials of the automatic choice, in order; empty for other methods.
    public internal(set) var trials: [AutomaticTrial] {
        get { diagnostics[AutomaticTrials.self]?.trials ?? [] }
        set { diagnostics[AutomaticTrials.self] = AutomaticTrials(trials: newValue) }
    }
}
