import Hyperparameters

extension FineTuning {
    package enum Optimiser: String, HyperparameterChoice {
        case sgd, adam, adamw

        package var title: String {
            switch self {
            case .sgd: "SGD"
            case .adam: "Adam"
            case .adamw: "AdamW: Adam with decoupled weight decay"
            }
        }
    }

    package enum Schedule: String, HyperparameterChoice {
        case constant, step, cosine, restarts

        package var title: String {
            switch self {
            case .constant: "constant"
            case .step: "step decay"
            case .cosine: "cosine decay"
            case .restarts: "cosine with warm restarts"
            }
        }
    }

    package enum ScheduleUnit: String, HyperparameterChoice {
        case epoch, step

        package var title: String {
            switch self {
            case .epoch: "epoch, as in the published programs"
            case .step: "step"
            }
        }
    }

    package enum ValidationFrom: String, HyperparameterChoice {
        case unseen, any

        package var title: String {
            switch self {
            case .unseen: "samples that the network was not trained on, where there are any"
            case .any: "any samples, by the seed alone"
            }
        }
    }

    package enum DistillationKind: String, HyperparameterChoice {
        case none, kl, mse

        package var title: String {
            switch self {
            case .none: "none"
            case .kl: "KL divergence of probabilities"
            case .mse: "mean squared error of logits"
            }
        }
    }

    package enum Trained: String, HyperparameterChoice {
        case all, head

        package var title: String {
            switch self {
            case .all: "all layers"
            case .head: "output layer only"
            }
        }
    }

    package enum BatchNorm: String, HyperparameterChoice {
        case train, frozen

        package var title: String {
            switch self {
            case .train: "batch statistics, running ones updated"
            case .frozen: "running statistics, not updated"
            }
        }
    }

    package enum Kept: String, HyperparameterChoice {
        case best, last

        package var title: String {
            switch self {
            case .best: "best on the validation data"
            case .last: "last"
            }
        }
    }

    package enum Criterion: String, HyperparameterChoice {
        case accuracy, loss

        package var title: String {
            switch self {
            case .accuracy: "accuracy, then loss"
            case .loss: "loss"
            }
        }
    }

    package enum Precision: String, HyperparameterChoice {
        case f32, bf16

        package var title: String {
            switch self {
            case .f32: "single"
            case .bf16: "mixed: products in bf16"
            }
        }
    }

    package enum Processor: String, HyperparameterChoice {
        case cpu, cuda

        package var title: String {
            switch self {
            case .cpu: "CPU"
            case .cuda: "the first NVIDIA GPU"
            }
        }
    }
}

extension DistillationLoss.ClassWeights: HyperparameterChoice {
    package var title: String {
        switch self {
        case .alike: "equal"
        case .accuracy: "by each teacher's recall of the class"
        case .precision: "by each teacher's precision for the class"
        }
    }
}
