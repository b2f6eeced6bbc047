import Hyperparameters

extension FineTuning {
    public enum Optimiser: String, HyperparameterChoice {
        case sgd, adam, adamw

        public var title: String {
            switch self {
            case .sgd: "SGD"
            case .adam: "Adam"
            case .adamw: "AdamW: Adam with decoupled weight decay"
            }
        }
    }

    public enum Schedule: String, HyperparameterChoice {
        case constant, step, cosine, restarts

        public var title: String {
            switch self {
            case .constant: "constant"
            case .step: "step decay"
            case .cosine: "cosine decay"
            case .restarts: "cosine with warm restarts"
            }
        }
    }

    public enum ScheduleUnit: String, HyperparameterChoice {
        case epoch, step

        public var title: String {
            switch self {
            case .epoch: "epoch, as in the published programs"
            case .step: "step"
            }
        }
    }

    public enum DistillationKind: String, HyperparameterChoice {
        case none, kl, mse

        public var title: String {
            switch self {
            case .none: "none"
            case .kl: "KL divergence of probabilities"
            case .mse: "mean squared error of logits"
            }
        }
    }

    public enum Trained: String, HyperparameterChoice {
        case all, head

        public var title: String {
            switch self {
            case .all: "all layers"
            case .head: "output layer only"
            }
        }
    }

    public enum BatchNorm: String, HyperparameterChoice {
        case train, frozen

        public var title: String {
            switch self {
            case .train: "batch statistics, running ones updated"
            case .frozen: "running statistics, not updated"
            }
        }
    }

    public enum Kept: String, HyperparameterChoice {
        case best, last

        public var title: String {
            switch self {
            case .best: "best on the validation data"
            case .last: "last"
            }
        }
    }

    public enum Criterion: String, HyperparameterChoice {
        case accuracy, loss

        public var title: String {
            switch self {
            case .accuracy: "accuracy, then loss"
            case .loss: "loss"
            }
        }
    }

    public enum Precision: String, HyperparameterChoice {
        case f32, bf16

        public var title: String {
            switch self {
            case .f32: "single"
            case .bf16: "mixed: products in bf16"
            }
        }
    }

    public enum Processor: String, HyperparameterChoice {
        case cpu, cuda

        public var title: String {
            switch self {
            case .cpu: "CPU"
            case .cuda: "the first NVIDIA GPU"
            }
        }
    }
}

extension DistillationLoss.ClassWeights: HyperparameterChoice {
    public var title: String {
        switch self {
        case .alike: "equal"
        case .accuracy: "by each teacher's recall of the class"
        case .precision: "by each teacher's precision for the class"
        }
    }
}
