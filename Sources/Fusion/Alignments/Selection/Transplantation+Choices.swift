extension Transplantation {
    public enum Order: String, HyperparameterChoice {
        case mergePrune = "merge-prune", pruneMerge = "prune-merge", transfer

        public var title: String {
            switch self {
            case .mergePrune: "merge, then prune: parents compete"
            case .pruneMerge: "prune each parent, then merge"
            case .transfer: "prune the reference by the transfer rate, the others by the rest, then merge"
            }
        }
    }

    public enum Scheme: String, HyperparameterChoice {
        case joint, iterative, hierarchical

        public var title: String {
            switch self {
            case .joint: "all parents at once"
            case .iterative: "one after another"
            case .hierarchical: "pairwise, as a binary tree"
            }
        }
    }

    public enum Size: String, HyperparameterChoice {
        case published, parent, ratio, budget

        public var title: String {
            switch self {
            case .published: "1/k of all, rounded down as published"
            case .parent: "exactly the reference's widths"
            case .ratio: "by pruning ratio"
            case .budget: "the largest within a budget"
            }
        }
    }

    /// What a budget limits.
    public enum Budget: String, HyperparameterChoice {
        case parameters, multiplyAdds = "multiply-adds"

        public var title: String {
            switch self {
            case .parameters: "trained parameters"
            case .multiplyAdds: "multiply-adds per sample"
            }
        }
    }

    public enum Emptied: String, HyperparameterChoice {
        case refuse, whole

        public var title: String {
            switch self {
            case .refuse: "stop with an error"
            case .whole: "do not prune it, as published"
            }
        }
    }

    public enum Scope: String, HyperparameterChoice {
        case local, global

        public var title: String {
            switch self {
            case .local: "within each group"
            case .global: "across all groups"
            }
        }
    }

    public enum Score: String, HyperparameterChoice {
        case energy, importance

        public var title: String {
            switch self {
            case .energy: "energy of the weights, as published"
            case .importance: "importance score"
            }
        }
    }

    public enum Timing: String, HyperparameterChoice {
        case sequential, snapshot

        public var title: String {
            switch self {
            case .sequential: "after pruning the layers before, as published"
            case .snapshot: "before any pruning"
            }
        }
    }

    public enum OutputScale: String, HyperparameterChoice {
        case widthShare = "width-share", equal, none

        public var title: String {
            switch self {
            case .widthShare: "by each parent's share of the last width"
            case .equal: "equally"
            case .none: "none: logits are summed"
            }
        }
    }

    public enum LogitScale: String, HyperparameterChoice {
        case none, energy, samples

        public var title: String {
            switch self {
            case .none: "none"
            case .energy: "restore the energy of the output weights"
            case .samples: "match the ensemble on samples"
            }
        }
    }
}

extension WeightEnergy.Power: HyperparameterChoice {
    public var title: String {
        switch self {
        case .two: "squares"
        case .one: "absolute values"
        }
    }
}

extension WeightEnergy.Sides: HyperparameterChoice {
    public var title: String {
        switch self {
        case .all: "incoming, outgoing and normalisation"
        case .weights: "incoming and outgoing"
        case .incoming: "incoming only"
        case .outgoing: "outgoing only"
        }
    }
}

extension WeightEnergy.Reduction: HyperparameterChoice {
    public var title: String {
        switch self {
        case .mean: "mean"
        case .largest: "maximum"
        case .product: "product"
        }
    }
}
