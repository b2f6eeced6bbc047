import Datasets
import Hyperparameters

/// The knobs of training and fine-tuning, each declared once: flags, recipe keys, docs and the form of the workbench follow from them.
public enum FineTuning {
    private static let general = "Amalgam"

    private static func only(_ key: String, _ words: String...) -> [Hyperparameter.Condition] {
        [.init(key: key, values: words.map { .choice($0) })]
    }

    // MARK: Length and order

    public static let epochs = Hyperparameter(
        "epochs", "epochs", .integer(0...100_000), default: .integer(10), paper: general, help: "Passes over the training data.")

    public static let batch = Hyperparameter(
        "batch", "batch", .integer(1...65_536), default: .integer(64), unit: "samples", paper: general,
        help: "Samples of one step; the last batch of an epoch may be smaller.")

    public static let shuffle = Hyperparameter(
        "shuffle", "shuffle", .flag, default: .flag(true), paper: general,
        help: "Draws a new order of the samples for every epoch from the seed; otherwise they come in the data's own order.")

    public static let augmentation = Hyperparameter(
        "augmentation", "augmentation", .text(form: "steps separated by commas, such as flip,crop=4; empty for none"), default: .text(""),
        paper: "He et al. 2016, section 4.2; Cubuk et al. 2019; Yun et al. 2019",
        help: "Random changes of training images, drawn anew for every step: \(Augmentation.help).")

    // MARK: Optimiser

    public static let optimizer = Hyperparameter(
        "optimizer", "optimiser",
        .choice([.init("sgd", "stochastic gradient descent"), .init("adam", "Adam"), .init("adamw", "Adam with decoupled weight decay")]),
        default: .choice("sgd"), paper: "Robbins & Monro 1951; Kingma & Ba 2015; Loshchilov & Hutter 2019",
        help: "How gradients change the weights.")

    public static let learningRate = Hyperparameter(
        "learning-rate", "learning rate", .real(1e-8...10, scale: .logarithmic), default: .real(0.01), paper: "Öz 2024, published program",
        help: "The size of a step, before the schedule and the rates of single parameters.")

    public static let momentum = Hyperparameter(
        "momentum", "momentum", .real(0...0.9999, scale: .linear), default: .real(0.9), when: only("optimizer", "sgd"),
        paper: "Sutskever et al. 2013",
        help: "How much of the last step is made again.")

    public static let nesterov = Hyperparameter(
        "nesterov", "Nesterov", .flag, default: .flag(false), when: only("optimizer", "sgd"), paper: "Sutskever et al. 2013",
        help: "Looks ahead along the momentum before the gradient is taken; needs a momentum above 0.")

    public static let beta1 = Hyperparameter(
        "beta1", "beta 1", .real(0...0.9999, scale: .linear), default: .real(0.9), when: only("optimizer", "adam", "adamw"),
        paper: "Kingma & Ba 2015",
        help: "Memory of Adam's mean of gradients.")

    public static let beta2 = Hyperparameter(
        "beta2", "beta 2", .real(0...0.999_999, scale: .linear), default: .real(0.999), when: only("optimizer", "adam", "adamw"),
        paper: "Kingma & Ba 2015",
        help: "Memory of Adam's mean of squared gradients.")

    public static let weightDecay = Hyperparameter(
        "weight-decay", "weight decay", .real(0...1, scale: .logarithmic), default: .real(0),
        paper: "Krogh & Hertz 1992; Loshchilov & Hutter 2019",
        help: "How strongly weights are pulled to zero; a share of the learning rate with adamw, added to the gradient otherwise.")

    public static let clipNorm = Hyperparameter(
        "clip-norm", "clip gradients", .real(0...1_000_000, scale: .logarithmic), default: .real(0), paper: "Pascanu et al. 2013",
        help: "Gradients whose joint norm is larger are scaled down to it; 0 leaves them alone.")

    // MARK: Schedule

    public static let schedule = Hyperparameter(
        "schedule", "schedule",
        .choice([
            .init("constant", "constant"), .init("step", "falls in steps"), .init("cosine", "half a cosine"),
            .init("restarts", "cosine with warm restarts"),
        ]),
        default: .choice("constant"), paper: "Loshchilov & Hutter 2017", help: "How the learning rate changes.")

    public static let scheduleBy = Hyperparameter(
        "schedule-by", "changes each", .choice([.init("epoch", "epoch, as the papers' programs"), .init("step", "step, smoothly")]),
        default: .choice("epoch"), paper: general, help: "How often the schedule is looked at.")

    public static let warmUp = Hyperparameter(
        "warm-up", "warm-up", .real(0...1000, scale: .linear), default: .real(0), unit: "epochs", paper: "Goyal et al. 2017",
        help: "Epochs over which the learning rate rises evenly to its full size, before the schedule begins.")

    public static let stepEpochs = Hyperparameter(
        "step-epochs", "step every", .integer(1...100_000), default: .integer(30), unit: "epochs", when: only("schedule", "step"),
        paper: "Singh & Jaggi 2020, published program",
        help: "Epochs between two falls of the learning rate.")

    public static let stepAt = Hyperparameter(
        "step-at", "step at", .text(form: "epochs separated by commas, such as 50,80"), default: .text(""), unit: "epochs",
        when: only("schedule", "step"),
        paper: "Singh & Jaggi 2020, published program", help: "Epochs after which the learning rate falls, instead of at even distances.")

    public static let stepFactor = Hyperparameter(
        "step-factor", "step factor", .real(1e-6...1, scale: .logarithmic), default: .real(0.1), when: only("schedule", "step"),
        paper: "Singh & Jaggi 2020, published program",
        help: "What the learning rate is multiplied by at each fall.")

    public static let minimumRate = Hyperparameter(
        "minimum-rate", "minimum rate", .real(0...10, scale: .logarithmic), default: .real(0), when: only("schedule", "cosine", "restarts"),
        paper: "Loshchilov & Hutter 2017",
        help: "The learning rate that a cosine falls to.")

    public static let restartEpochs = Hyperparameter(
        "restart-epochs", "first restart", .integer(1...100_000), default: .integer(10), unit: "epochs", when: only("schedule", "restarts"),
        paper: "Loshchilov & Hutter 2017",
        help: "Epochs before the first restart.")

    public static let restartGrowth = Hyperparameter(
        "restart-growth", "restarts grow by", .integer(1...10), default: .integer(2), when: only("schedule", "restarts"),
        paper: "Loshchilov & Hutter 2017",
        help: "How many times longer each cosine is than the one before.")

    // MARK: Loss

    public static let labelSmoothing = Hyperparameter(
        "label-smoothing", "label smoothing", .real(0...0.95, scale: .linear), default: .real(0), paper: "Szegedy et al. 2016",
        help: "The share of each label that is spread evenly over all classes.")

    public static let distillation = Hyperparameter(
        "distill", "distillation",
        .choice([.init("none", "none"), .init("kl", "towards the parents' probabilities"), .init("mse", "towards the parents' logits")]),
        default: .choice("none"), paper: "Hinton et al. 2015; Ba & Caruana 2014",
        help: "Whether the network is also pulled towards the parents named as teachers.")

    private static let distilling = only("distill", "kl", "mse")

    public static let distillationShare = Hyperparameter(
        "distill-share", "share", .real(0...1, scale: .linear), default: .real(0.5), when: distilling, paper: "Hinton et al. 2015",
        help: "The weight of the teachers in the loss; the labels have the rest. 1 needs no labels.")

    public static let temperature = Hyperparameter(
        "temperature", "temperature", .real(0.01...1000, scale: .logarithmic), default: .real(2), when: only("distill", "kl"),
        paper: "Hinton et al. 2015",
        help: "What logits are divided by before the softmax, on both sides; the loss is multiplied by its square.")

    public static let teacherWeights = Hyperparameter(
        "teacher-weights", "teachers' weights",
        .text(form: "a number for each teacher separated by commas, such as 2,1; empty for equal weights"),
        default: .text(""), when: distilling, paper: general, help: "How much each teacher counts.")

    public static let teacherClasses = Hyperparameter(
        "teacher-classes", "for each class",
        .choice([
            .init("alike", "teachers count alike for every class"), .init("accuracy", "by how much of each class a teacher gets right"),
            .init("precision", "by how often a teacher is right when it says a class"),
        ]),
        default: .choice("alike"), when: distilling, paper: "Luenam et al. 2025, section 4",
        help: "Weighs the teachers class by class, by what they are worth on the training data.")

    // MARK: What is trained

    public static let trains = Hyperparameter(
        "trains", "trains", .choice([.init("all", "all layers"), .init("head", "the last layer alone")]), default: .choice("all"),
        paper: general,
        help: "Which layers are trained; the last layer alone is linear probing.")

    public static let freeze = Hyperparameter(
        "freeze", "frozen",
        .text(form: "names separated by commas, * for any letters: parameters, layers or neuron groups, such as conv1,layer1.*"),
        default: .text(""), paper: general, help: "Parameters that stay as they are.")

    public static let rates = Hyperparameter(
        "rates", "own rates",
        .text(form: "NAME=FACTOR separated by commas, * for any letters, such as classifier.*=1,*=0.1; the first that fits counts"),
        default: .text(""), paper: general, help: "What the learning rate of some parameters, layers or neuron groups is multiplied by.")

    public static let batchNorm = Hyperparameter(
        "batch-norm", "batch norm",
        .choice([.init("train", "batch statistics, running ones follow"), .init("frozen", "running statistics, as they are")]),
        default: .choice("train"), paper: "Ioffe & Szegedy 2015",
        help: "Which statistics batch norms use while training; those of frozen layers are always kept.")

    // MARK: Validation

    public static let validationShare = Hyperparameter(
        "validation-share", "validation share", .real(0...0.9, scale: .linear), default: .real(0.1), paper: "Öz 2024, published program",
        help: "The share of the training data that is set aside for validation where no validation data are named; 0 for none.")

    public static let keep = Hyperparameter(
        "keep", "keep", .choice([.init("best", "the best on validation data"), .init("last", "the last epoch's")]),
        default: .choice("best"), paper: general,
        help: "Which epoch's network is the result; never chosen on test data.")

    public static let bestBy = Hyperparameter(
        "best-by", "best by", .choice([.init("accuracy", "accuracy, then loss"), .init("loss", "loss")]), default: .choice("accuracy"),
        paper: general,
        help: "What makes one epoch's network better than another's on the validation data.")

    public static let patience = Hyperparameter(
        "patience", "patience", .integer(0...100_000), default: .integer(0), unit: "epochs", paper: "Prechelt 1998",
        help: "Stops when the validation has not got better for so many epochs; 0 never does.")

    // MARK: Machine

    public static let precision = Hyperparameter(
        "precision", "precision", .choice([.init("f32", "single"), .init("bf16", "mixed: products in bf16")]), default: .choice("f32"),
        paper: "Micikevicius et al. 2018; Kalamkar et al. 2019",
        help:
            "The arithmetic of products and convolutions; weights and sums stay in single precision. Refused where the machine would be slower for it."
    )

    public static let device = Hyperparameter(
        "device", "device", .choice([.init("cpu", "the processor"), .init("cuda", "the first NVIDIA GPU")]), default: .choice("cpu"),
        paper: general, help: "Where it is computed.")

    public static let threads = Hyperparameter(
        "threads", "threads", .integer(0...1024), default: .integer(0), paper: general,
        help: "Threads of the processor inside one operation; 0 leaves them as they are. One thread gives the same bits every time.")

    public static let checkpointEvery = Hyperparameter(
        "checkpoint-every", "checkpoint every", .integer(0...1_000_000_000), default: .integer(0), unit: "steps", paper: general,
        help: "Steps between two checkpoints to resume from; 0 writes one after each epoch.")

    public static let table = HyperparameterTable(
        id: "fine-tuning", title: "training and fine-tuning", summary: "Trains a network on data, on its parents' answers, or on both.",
        paper: "Amalgam",
        hyperparameters: [
            epochs, batch, shuffle, augmentation, optimizer, learningRate, momentum, nesterov, beta1, beta2, weightDecay, clipNorm,
            schedule, scheduleBy, warmUp, stepEpochs, stepAt, stepFactor, minimumRate, restartEpochs, restartGrowth,
            labelSmoothing, distillation, distillationShare, temperature, teacherWeights, teacherClasses,
            trains, freeze, rates, batchNorm, validationShare, keep, bestBy, patience, precision, device, threads, checkpointEvery,
        ],
        presets: presets)
}
