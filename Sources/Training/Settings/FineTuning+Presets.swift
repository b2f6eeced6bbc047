import Hyperparameters

extension FineTuning {
    /// The papers' settings, read from their published programs, and some of ours.
    static let presets: [HyperparameterTable.Preset] = [
        .init(
            id: "transplantation", title: "Neuron Transplantation's fine-tuning (Öz 2024)",
            [
                epochs <- 30, batch <- 256, learningRate <- 0.01, momentum <- 0.9,
            ]),
        .init(
            id: "transplantation-resnet18", title: "the same for ResNet18",
            [
                epochs <- 100, batch <- 256, learningRate <- 0.1, momentum <- 0.9,
                weightDecay <- 1e-4,
                schedule <- .step, stepAt <- "50,80", stepFactor <- 0.1,
            ]),
        .init(
            id: "otfusion-mnist", title: "OTFusion's MNIST MLPs (Singh & Jaggi 2020)",
            [
                epochs <- 10, batch <- 64, learningRate <- 0.01, momentum <- 0.5,
            ]),
        .init(
            id: "otfusion-vgg11", title: "OTFusion's VGG11 on CIFAR-10",
            [
                epochs <- 300, batch <- 128, learningRate <- 0.05, momentum <- 0.9,
                weightDecay <- 5e-4,
                schedule <- .step, stepEpochs <- 30, stepFactor <- 0.5,
            ]),
        .init(
            id: "otfusion-resnet18", title: "OTFusion's ResNet18 on CIFAR-10",
            [
                epochs <- 300, batch <- 256, learningRate <- 0.1, momentum <- 0.9,
                weightDecay <- 1e-4,
                schedule <- .step, stepAt <- "150,250", stepFactor <- 0.1,
            ]),
        .init(
            id: "interpolation", title: "Neuron Interpolation's fine-tuning (Luenam et al. 2025)",
            [
                epochs <- 200, batch <- 128, optimizer <- .adam, learningRate <- 1e-4,
                weightDecay <- 5e-5,
                labelSmoothing <- 0.1, schedule <- .restarts, restartEpochs <- 10,
                restartGrowth <- 2, minimumRate <- 1e-6,
                augmentation <- "cutmix",
            ]),
        .init(
            id: "interpolation-mlp", title: "how Neuron Interpolation trains its MLP parents",
            [
                epochs <- 25, batch <- 128, optimizer <- .adam, learningRate <- 1e-3,
            ]),
        .init(
            id: "interpolation-vgg11", title: "how Neuron Interpolation trains a VGG11 without batch norm on the whole of CIFAR-10",
            [
                epochs <- 300, batch <- 128, optimizer <- .adam, learningRate <- 1e-3,
                labelSmoothing <- 0.1,
                schedule <- .cosine, warmUp <- 5, minimumRate <- 1e-5,
                augmentation <- "autoaugment,cutmix",
            ]),
        .init(
            id: "distill", title: "distillation from the parents and labels, weighted equally",
            [
                distillation <- .kl, distillationShare <- 0.5, temperature <- 2,
            ]),
        .init(
            id: "distill-unlabelled", title: "distillation from the parents only, no labels needed",
            [
                distillation <- .kl, distillationShare <- 1, temperature <- 2, bestBy <- .loss,
            ]),
        .init(
            id: "distilled", title: "labels and the parents' ensemble, from balanced weights, averaged over steps and with the start",
            [
                optimizer <- .adam, learningRate <- 1e-3, schedule <- .cosine, scheduleBy <- .step,
                balance <- true, ema <- 0.999, startShare <- 0.5,
                distillation <- .kl, distillationShare <- 0.5, temperature <- 2,
            ]),
        .init(id: "head", title: "output layer only", [trains <- .head, epochs <- 5]),
    ]
}
