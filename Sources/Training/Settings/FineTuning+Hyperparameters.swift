import Datasets
import Hyperparameters

/// The hyperparameters of training and fine-tuning, each declared once: flags, recipe keys, docs and the form of the workbench follow from them.
package enum FineTuning {
    private static let general = "Amalgam"

    // MARK: Length and order

    package static let epochs = Hyperparameter(
        "epochs", "epochs", 0...100_000, default: 10, paper: general, help: "Passes over the training data.")

    package static let batch = Hyperparameter(
        "batch", "batch size", 1...65_536, default: 64, unit: "samples", paper: general,
        help: "Samples per step; the last batch of an epoch may be smaller.")

    package static let shuffle = Hyperparameter(
        "shuffle", "shuffle", default: true, paper: general,
        help: "Reshuffles the samples every epoch, from the seed; otherwise they keep the order of the data.")

    package static let augmentation = Hyperparameter(
        "augmentation", "augmentation", form: "steps separated by commas, such as flip,crop=4; empty for none",
        paper: "He et al. 2016, section 4.2; Cubuk et al. 2019; Yun et al. 2019",
        help: "Random transformations of training images, drawn for every step: \(Augmentation.help).")

    // MARK: Optimiser

    package static let optimizer = Hyperparameter(
        "optimizer", "optimiser", default: Optimiser.sgd, paper: "Robbins & Monro 1951; Kingma & Ba 2015; Loshchilov & Hutter 2019",
        help: "The update rule.")

    package static let learningRate = Hyperparameter(
        "learning-rate", "learning rate", 1e-8...10, scale: .logarithmic, default: 0.01, paper: "Öz 2024, published program",
        help: "Learning rate before the schedule and the per-layer factors.")

    package static let momentum = Hyperparameter(
        "momentum", "momentum", 0...0.9999, scale: .linear, default: 0.9, when: [optimizer == .sgd], paper: "Sutskever et al. 2013",
        help: "Momentum of SGD.")

    package static let nesterov = Hyperparameter(
        "nesterov", "Nesterov", default: false, when: [optimizer == .sgd], paper: "Sutskever et al. 2013",
        help: "Uses Nesterov momentum; needs a momentum above 0.")

    package static let beta1 = Hyperparameter(
        "beta1", "beta 1", 0...0.9999, scale: .linear, default: 0.9, when: [optimizer.isOne(of: .adam, .adamw)],
        paper: "Kingma & Ba 2015", help: "Decay rate of Adam's running average of the gradient.")

    package static let beta2 = Hyperparameter(
        "beta2", "beta 2", 0...0.999_999, scale: .linear, default: 0.999, when: [optimizer.isOne(of: .adam, .adamw)],
        paper: "Kingma & Ba 2015", help: "Decay rate of Adam's running average of the squared gradient.")

    package static let weightDecay = Hyperparameter(
        "weight-decay", "weight decay", 0...1, scale: .logarithmic, default: 0, paper: "Krogh & Hertz 1992; Loshchilov & Hutter 2019",
        help: "L2 penalty on the weights: decoupled with adamw, added to the gradient otherwise.")

    package static let clipNorm = Hyperparameter(
        "clip-norm", "gradient-clip norm", 0...1_000_000, scale: .logarithmic, default: 0, paper: "Pascanu et al. 2013",
        help: "Maximum global norm of the gradients; 0 does not clip.")

    // MARK: The start, and averages

    package static let balance = Hyperparameter(
        "balance", "balance weights", default: false, paper: "Stock et al., ICLR 2019",
        help:
            "Before training, scales each neuron's incoming and outgoing weights to one length where only positively homogeneous layers (ReLU, pooling) stand between them; the function stays the same."
    )

    package static let ema = Hyperparameter(
        "ema", "weight average decay", 0...0.999_999, scale: .linear, default: 0, paper: "Polyak & Juditsky 1992; Tarvainen & Valpola 2017",
        help:
            "Decay of an exponential moving average of the weights, which is validated and kept in their place; at most (1 + n) / (10 + n) after n steps, and 0 for none."
    )

    package static let startShare = Hyperparameter(
        "start-share", "weight of the start", 0...1, scale: .linear, default: 0, paper: "Wortsman et al., CVPR 2022",
        help:
            "Weight of the network that the training began with in the mean that is the result; with validation data the mean is taken only where it is not worse."
    )

    // MARK: Schedule

    package static let schedule = Hyperparameter(
        "schedule", "schedule", default: Schedule.constant, paper: "Loshchilov & Hutter 2017", help: "The learning-rate schedule.")

    package static let scheduleBy = Hyperparameter(
        "schedule-by", "step per", default: ScheduleUnit.epoch, paper: general, help: "How often the schedule changes the learning rate.")

    package static let warmUp = Hyperparameter(
        "warm-up", "warm-up", 0...1000, scale: .linear, default: 0, unit: "epochs", paper: "Goyal et al. 2017",
        help: "Epochs of linear warm-up before the schedule begins.")

    package static let stepEpochs = Hyperparameter(
        "step-epochs", "step every", 1...100_000, default: 30, unit: "epochs", when: [schedule == .step],
        paper: "Singh & Jaggi 2020, published program", help: "Epochs between two decays of the learning rate.")

    package static let stepAt = Hyperparameter(
        "step-at", "step at", form: "epochs separated by commas, such as 50,80", unit: "epochs", when: [schedule == .step],
        paper: "Singh & Jaggi 2020, published program",
        help: "Epochs at which the learning rate decays, instead of a fixed interval (milestones).")

    package static let stepFactor = Hyperparameter(
        "step-factor", "step factor", 1e-6...1, scale: .logarithmic, default: 0.1, when: [schedule == .step],
        paper: "Singh & Jaggi 2020, published program", help: "Factor by which the learning rate is multiplied at each decay.")

    package static let minimumRate = Hyperparameter(
        "minimum-rate", "minimum learning rate", 0...10, scale: .logarithmic, default: 0, when: [schedule.isOne(of: .cosine, .restarts)],
        paper: "Loshchilov & Hutter 2017", help: "Learning rate at the end of each cosine period.")

    package static let restartEpochs = Hyperparameter(
        "restart-epochs", "first restart", 1...100_000, default: 10, unit: "epochs", when: [schedule == .restarts],
        paper: "Loshchilov & Hutter 2017", help: "Epochs before the first restart.")

    package static let restartGrowth = Hyperparameter(
        "restart-growth", "cycle growth", 1...10, default: 2, when: [schedule == .restarts], paper: "Loshchilov & Hutter 2017",
        help: "Length of each cosine period relative to the previous one.")

    // MARK: Loss

    package static let labelSmoothing = Hyperparameter(
        "label-smoothing", "label smoothing", 0...0.95, scale: .linear, default: 0, paper: "Szegedy et al. 2016",
        help: "The fraction of each label that is spread evenly over all classes.")

    package static let distillation = Hyperparameter(
        "distill", "distillation", default: DistillationKind.none, paper: "Hinton et al. 2015; Ba & Caruana 2014",
        help: "The distillation loss towards the teachers.")

    package static let distillationShare = Hyperparameter(
        "distill-share", "distillation weight", 0...1, scale: .linear, default: 0.5, when: [distillation.isOne(of: .kl, .mse)],
        paper: "Hinton et al. 2015", help: "Weight of the distillation loss; the label loss has 1 minus this weight, and 1 needs no labels."
    )

    package static let temperature = Hyperparameter(
        "temperature", "temperature", 0.01...1000, scale: .logarithmic, default: 2, when: [distillation == .kl],
        paper: "Hinton et al. 2015", help: "Softmax temperature of teachers and student; the distillation loss is multiplied by its square."
    )

    package static let teacherWeights = Hyperparameter(
        "teacher-weights", "teacher weights", form: "a number for each teacher separated by commas, such as 2,1; empty for equal weights",
        when: [distillation.isOne(of: .kl, .mse)], paper: general, help: "Weight of each teacher.")

    package static let teacherClasses = Hyperparameter(
        "teacher-classes", "per-class weights", default: DistillationLoss.ClassWeights.alike, when: [distillation.isOne(of: .kl, .mse)],
        paper: "Luenam et al. 2025, section 4", help: "How teachers are weighted per class, from their results on the training data.")

    // MARK: What is trained

    package static let trains = Hyperparameter(
        "trains", "trained layers", default: Trained.all, paper: general,
        help: "Which layers are trained: all, or the output layer only (linear probing).")

    package static let freeze = Hyperparameter(
        "freeze", "frozen",
        form: "names separated by commas, * for any characters: parameters, layers or neuron groups, such as conv1,layer1.*",
        paper: general, help: "Parameters that are not trained.")

    package static let rates = Hyperparameter(
        "rates", "per-layer learning rates",
        form: "NAME=FACTOR separated by commas, * for any characters, such as classifier.*=1,*=0.1; the first match counts",
        paper: general, help: "Learning-rate factors of individual parameters, layers or neuron groups.")

    package static let batchNorm = Hyperparameter(
        "batch-norm", "batch norm", default: BatchNorm.train, paper: "Ioffe & Szegedy 2015",
        help: "Which statistics batch norms use in training; frozen layers always use the running ones.")

    // MARK: Validation

    package static let validationShare = Hyperparameter(
        "validation-share", "validation split", 0...0.9, scale: .linear, default: 0.1, paper: "Öz 2024, published program",
        help: "The fraction of the training data held out for validation if there are no other validation data; 0 for none.")

    package static let validationFrom = Hyperparameter(
        "validation-from", "validation from", default: ValidationFrom.unseen, paper: general,
        help:
            "Which training samples are held out: those that the network was not trained on before, as far as its file says which, or any.")

    package static let keep = Hyperparameter(
        "keep", "keep epoch", default: Kept.best, paper: general,
        help: "Which epoch's weights are the result; test data are never used to choose it.")

    package static let bestBy = Hyperparameter(
        "best-by", "best by", default: Criterion.accuracy, paper: general, help: "The validation metric that selects the best epoch.")

    package static let patience = Hyperparameter(
        "patience", "patience", 0...100_000, default: 0, unit: "epochs", paper: "Prechelt 1998",
        help: "Early stopping: training ends after this many epochs without a better validation metric; 0 disables it.")

    // MARK: Machine

    package static let precision = Hyperparameter(
        "precision", "precision", default: Precision.f32, paper: "Micikevicius et al. 2018; Kalamkar et al. 2019",
        help:
            "Precision of matrix products and convolutions; weights and sums stay in single precision. Rejected on machines where bf16 is slower."
    )

    package static let device = Hyperparameter(
        "device", "device", default: Processor.cpu, paper: general, help: "Device that training runs on.")

    package static let threads = Hyperparameter(
        "threads", "threads", 0...1024, default: 0, auto: (0, { _ in nil }), paper: general,
        help: "CPU threads within one operation; auto keeps libtorch's number, and 1 makes results bitwise reproducible.")

    package static let checkpointEvery = Hyperparameter(
        "checkpoint-every", "checkpoint every", 0...1_000_000_000, default: 0, unit: "steps", paper: general,
        help: "Steps between two checkpoints to resume from; 0 writes one after each epoch.")

    package static let table = HyperparameterTable(
        id: "fine-tuning", title: "training and fine-tuning",
        summary: "Trains a network on labels, by distillation from its parents, or both.",
        paper: "Amalgam",
        hyperparameters: [
            epochs, batch, shuffle, augmentation, optimizer, learningRate, momentum, nesterov, beta1, beta2, weightDecay, clipNorm,
            balance, ema, startShare,
            schedule, scheduleBy, warmUp, stepEpochs, stepAt, stepFactor, minimumRate, restartEpochs, restartGrowth,
            labelSmoothing, distillation, distillationShare, temperature, teacherWeights, teacherClasses,
            trains, freeze, rates, batchNorm, validationShare, validationFrom, keep, bestBy, patience, precision, device, threads,
            checkpointEvery,
        ],
        presets: presets)
}
