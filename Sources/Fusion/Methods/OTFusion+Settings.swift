import Transport

extension OTFusion {
    /// The hyperparameters of the method as Swift values.
    public struct Settings: Sendable, Hashable {
        public let source: Source
        public let samples: Int
        public let stage: Stage
        public let scaling: Scaling
        public let unitRows: Bool
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
        public let mapScaling: MapScaling
        public let lastLayer: LastLayer

        public init(_ settings: Fusion.Settings) throws(RecipeError) {
            source = try settings.choice(OTFusion.source.key)
            samples = settings.count(OTFusion.samples.key)
            stage = try settings.choice(OTFusion.stage.key)
            scaling = try settings.choice(OTFusion.scaling.key)
            unitRows = settings.isOn(OTFusion.unitRows.key)
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
            mapScaling = try settings.choice(OTFusion.mapScaling.key)
            lastLayer = try settings.choice(OTFusion.lastLayer.key)
        }

        var transportMetric: Transport.Metric {
            switch metric {
            case .euclidean: .euclidean
            case .squared: .squaredEuclidean
            case .cosine: .cosine
            case .correlation: .correlation
            }
        }
    }

    public enum EpsilonUnit: String, Sendable { case spread, cost }
}
