import Networks
import Transport

extension OTFusion {
    /// The hyperparameters of the method as Swift values.
    public struct Settings: Sendable, Hashable {
        public let source: Source
        public let samples: Int
        public let stage: Stage
        public let scaling: Scaling
        /// Whether activations are read from the parents as aligned so far.
        public let rerunsActivations: Bool
        public let unitRows: Bool
        /// How often the layers are walked.
        public let passes: Int
        public let metric: Metric
        public let costNormalisation: Transport.CostNormalization
        public let clip: ClosedRange<Double>?
        public let marginals: Marginals
        /// What masses by importance are.
        public let importance: Importance
        public let solverKind: Solver
        public let epsilon: Double
        public let epsilonUnit: EpsilonUnit
        public let penalty: Double
        public let gromovLoss: GromovLoss
        public let mapScaling: MapScaling
        public let lastLayer: LastLayer
        public let shortcuts: Shortcuts
        public let streamReading: StreamReading
        public let attention: AttentionScope
        public let scheme: Scheme
        /// Hidden widths of the result, as multiples of the reference's.
        public let width: Double
        /// What the reference is pruned by where the result is narrower.
        public let pruning: Importance

        public init(_ settings: Fusion.Settings) throws(RecipeError) {
            source = try settings.choice(OTFusion.source.key)
            samples = settings.count(OTFusion.samples.key)
            stage = try settings.choice(OTFusion.stage.key)
            scaling = try settings.choice(OTFusion.scaling.key)
            rerunsActivations = settings.isOn(OTFusion.rerun.key)
            unitRows = settings.isOn(OTFusion.unitRows.key)
            passes = settings.count(OTFusion.passes.key)
            metric = try settings.choice(OTFusion.metric.key)
            costNormalisation = try settings.choice(OTFusion.costNormalisation.key)
            if settings.isOn(OTFusion.clip.key) {
                let (low, high) = (settings.number(OTFusion.clipLow.key), settings.number(OTFusion.clipHigh.key))
                guard low < high else { throw .value(key: OTFusion.clipHigh.key, value: "\(high)", allowed: "more than clip-low, \(low)") }
                clip = low...high
            } else {
                clip = nil
            }
            marginals = try settings.choice(OTFusion.marginals.key)
            importance = try Importance(settings)
            solverKind = try settings.choice(OTFusion.solver.key)
            epsilon = settings.number(OTFusion.epsilon.key)
            epsilonUnit = try settings.choice(OTFusion.epsilonUnit.key)
            penalty = settings.number(OTFusion.penalty.key)
            gromovLoss = try settings.choice(OTFusion.gromovLoss.key)
            mapScaling = try settings.choice(OTFusion.mapScaling.key)
            lastLayer = try settings.choice(OTFusion.lastLayer.key)
            shortcuts = try settings.choice(OTFusion.shortcuts.key)
            streamReading = try settings.choice(OTFusion.streamReading.key)
            attention = try settings.choice(OTFusion.attention.key)
            scheme = try settings.choice(OTFusion.scheme.key)
            width = settings.number(OTFusion.width.key)
            // Scores of the predicted class need no labels.
            pruning = Importance(try settings.choice(OTFusion.pruning.key), target: .predicted)
        }

        var transportMetric: Transport.Metric {
            switch metric {
            case .euclidean: .euclidean
            case .squared: .squaredEuclidean
            case .cosine: .cosine
            case .correlation: .correlation
            }
        }

        /// What joins the neurons of different layers under these settings.
        var ties: GroupTies {
            var ties = GroupTies.all
            if shortcuts != .stream { ties.remove(.sums) }
            if attention == .full { ties.remove(.heads) }
            return ties
        }
    }

    public enum EpsilonUnit: String, Sendable { case spread, cost }
}
