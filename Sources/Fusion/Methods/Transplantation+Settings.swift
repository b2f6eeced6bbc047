extension Transplantation {
    /// The hyperparameters of the method as Swift values.
    public struct Settings: Sendable, Hashable {
        public let order: Order
        public let transferRate: Double
        public let scheme: Scheme
        public let size: Size
        public let ratio: Double
        public let budgetOf: Budget
        public let budget: Double
        public let emptied: Emptied
        public let scope: Scope
        public let score: Score
        public let importanceSamples: Int
        public let timing: Timing
        public let power: Power
        public let sides: Sides
        public let reduction: Reduction
        public let outputScale: OutputScale
        public let logitScale: LogitScale
        public let samples: Int

        public init(_ settings: Fusion.Settings) throws(RecipeError) {
            order = try settings.choice(Transplantation.order.key)
            transferRate = settings.number(Transplantation.transferRate.key)
            scheme = try settings.choice(Transplantation.scheme.key)
            size = try settings.choice(Transplantation.size.key)
            ratio = settings.number(Transplantation.ratio.key)
            budgetOf = try settings.choice(Transplantation.budgetOf.key)
            budget = settings.number(Transplantation.budget.key)
            emptied = try settings.choice(Transplantation.emptied.key)
            scope = try settings.choice(Transplantation.scope.key)
            score = try settings.choice(Transplantation.score.key)
            importanceSamples = settings.count(Transplantation.importanceSamples.key)
            timing = try settings.choice(Transplantation.timing.key)
            power = try settings.choice(Transplantation.power.key)
            sides = try settings.choice(Transplantation.sides.key)
            reduction = try settings.choice(Transplantation.reduction.key)
            outputScale = try settings.choice(Transplantation.outputScale.key)
            logitScale = try settings.choice(Transplantation.logitScale.key)
            samples = settings.count(Transplantation.samples.key)
        }

        var energy: WeightEnergy { WeightEnergy(power: power, sides: sides, reduction: reduction) }
    }
}
