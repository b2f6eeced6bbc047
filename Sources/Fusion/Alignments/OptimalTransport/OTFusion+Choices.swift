import Transport

extension OTFusion {
    /// The features by which neurons are compared.
    public enum Source: String, HyperparameterChoice {
        case activations, weights

        public var title: String {
            switch self {
            case .activations: "activations on samples"
            case .weights: "incoming weights, no data needed"
            }
        }
    }

    public enum Scaling: String, HyperparameterChoice {
        case none, centre, standardise, normalise

        public var title: String {
            switch self {
            case .none: "none"
            case .centre: "centred over samples"
            case .standardise: "centred, unit standard deviation"
            case .normalise: "each sample's layer to unit norm"
            }
        }
    }

    public enum Marginals: String, HyperparameterChoice {
        case uniform, l1, l2, importance

        public var title: String {
            switch self {
            case .uniform: "uniform"
            case .l1: "L1 norm of the weights"
            case .l2: "L2 norm of the weights"
            case .importance: "importance scores"
            }
        }
    }

    public enum Solver: String, HyperparameterChoice {
        case exact, sinkhorn, unbalanced, gromov, identity

        public var title: String {
            switch self {
            case .exact: "exact: assignment or network simplex"
            case .sinkhorn: "entropic (Sinkhorn)"
            case .unbalanced: "entropic, relaxed marginals"
            case .gromov: "Gromov–Wasserstein, by distances within each parent"
            case .identity: "none: identity"
            }
        }
    }

    public enum EpsilonUnit: String, HyperparameterChoice {
        case spread, cost

        public var title: String {
            switch self {
            case .spread: "the cost's standard deviation"
            case .cost: "the cost itself"
            }
        }
    }

    public enum LastLayer: String, HyperparameterChoice {
        case keep, transport

        public var title: String {
            switch self {
            case .keep: "order kept"
            case .transport: "transported like neurons, as published"
            }
        }
    }

    public enum Shortcuts: String, HyperparameterChoice {
        case stream, averaged, published

        public var title: String {
            switch self {
            case .stream: "one map per residual stream"
            case .averaged: "mean of the maps that meet in a sum"
            case .published: "mean of the maps without that of an identity shortcut, as published"
            }
        }
    }

    public enum StreamReading: String, HyperparameterChoice {
        case every, last, sum

        public var title: String {
            switch self {
            case .every: "every layer that writes to the stream"
            case .last: "the last such layer"
            case .sum: "the last sum"
            }
        }
    }

    public enum AttentionScope: String, HyperparameterChoice {
        case heads, full

        public var title: String {
            switch self {
            case .heads: "match heads, then neurons within heads"
            case .full: "match neurons across heads"
            }
        }
    }

    public enum Scheme: String, HyperparameterChoice {
        case reference, sequential, barycenter

        public var title: String {
            switch self {
            case .reference: "every parent to the reference"
            case .sequential: "one after another, each to the average so far"
            case .barycenter: "all parents to their barycenter"
            }
        }
    }
}

extension Transport.Metric: HyperparameterChoice {
    package var word: String { self == .squaredEuclidean ? "squared-euclidean" : rawValue }

    package var title: String {
        switch self {
        case .euclidean: "Euclidean distance"
        case .squaredEuclidean: "squared Euclidean distance"
        case .cosine: "1 − cosine similarity"
        case .correlation: "1 − correlation"
        }
    }
}

extension CostNormalization: HyperparameterChoice {
    public var title: String {
        switch self {
        case .none: "none"
        case .max: "divided by the maximum"
        case .mean: "divided by the mean"
        case .median: "divided by the lower median"
        case .log: "ln(1 + cost)"
        }
    }
}

extension GromovWassersteinLoss: HyperparameterChoice {
    public var word: String { self == .kullbackLeibler ? "kullback-leibler" : rawValue }

    public var title: String {
        switch self {
        case .square: "squared difference"
        case .kullbackLeibler: "Kullback–Leibler divergence"
        }
    }
}
