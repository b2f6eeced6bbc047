import Hyperparameters

extension FineTuning {
    /// The papers' settings, read from their published programs, and two of ours.
    static let presets: [HyperparameterTable.Preset] = [
        .init(
            id: "transplantation", title: "Neuron Transplantation's fine-tuning (Öz 2024)",
            values: [
                "epochs": .integer(30), "batch": .integer(256), "learning-rate": .real(0.01), "momentum": .real(0.9),
            ]),
        .init(
            id: "transplantation-resnet18", title: "the same for ResNet18",
            values: [
                "epochs": .integer(100), "batch": .integer(256), "learning-rate": .real(0.1), "momentum": .real(0.9),
                "weight-decay": .real(1e-4),
                "schedule": .choice("step"), "step-at": .text("50,80"), "step-factor": .real(0.1),
            ]),
        .init(
            id: "otfusion-mnist", title: "OTFusion's MNIST MLPs (Singh & Jaggi 2020)",
            values: [
                "epochs": .integer(10), "batch": .integer(64), "learning-rate": .real(0.01), "momentum": .real(0.5),
            ]),
        .init(
            id: "otfusion-vgg11", title: "OTFusion's VGG11 on CIFAR-10",
            values: [
                "epochs": .integer(300), "batch": .integer(128), "learning-rate": .real(0.05), "momentum": .real(0.9),
                "weight-decay": .real(5e-4),
                "schedule": .choice("step"), "step-epochs": .integer(30), "step-factor": .real(0.5),
            ]),
        .init(
            id: "otfusion-resnet18", title: "OTFusion's ResNet18 on CIFAR-10",
            values: [
                "epochs": .integer(300), "batch": .integer(256), "learning-rate": .real(0.1), "momentum": .real(0.9),
                "weight-decay": .real(1e-4),
                "schedule": .choice("step"), "step-at": .text("150,250"), "step-factor": .real(0.1),
            ]),
        .init(
            id: "interpolation", title: "Neuron Interpolation's fine-tuning (Luenam et al. 2025)",
            values: [
                "epochs": .integer(200), "batch": .integer(128), "optimizer": .choice("adam"), "learning-rate": .real(1e-4),
                "weight-decay": .real(5e-5),
                "label-smoothing": .real(0.1), "schedule": .choice("restarts"), "restart-epochs": .integer(10),
                "restart-growth": .integer(2), "minimum-rate": .real(1e-6),
                "augmentation": .text("cutmix"),
            ]),
        .init(
            id: "interpolation-mlp", title: "how Neuron Interpolation trains its MLP parents",
            values: [
                "epochs": .integer(25), "batch": .integer(128), "optimizer": .choice("adam"), "learning-rate": .real(1e-3),
            ]),
        .init(
            id: "interpolation-vgg11", title: "how Neuron Interpolation trains a VGG11 without batch norm on the whole of CIFAR-10",
            values: [
                "epochs": .integer(300), "batch": .integer(128), "optimizer": .choice("adam"), "learning-rate": .real(1e-3),
                "label-smoothing": .real(0.1),
                "schedule": .choice("cosine"), "warm-up": .real(5), "minimum-rate": .real(1e-5),
                "augmentation": .text("autoaugment,cutmix"),
            ]),
        .init(
            id: "distill", title: "towards the parents, half and half with the labels",
            values: [
                "distill": .choice("kl"), "distill-share": .real(0.5), "temperature": .real(2),
            ]),
        .init(
            id: "distill-unlabelled", title: "towards the parents alone, no labels needed",
            values: [
                "distill": .choice("kl"), "distill-share": .real(1), "temperature": .real(2), "best-by": .choice("loss"),
            ]),
        .init(id: "head", title: "the last layer alone", values: ["trains": .choice("head"), "epochs": .integer(5)]),
    ]
}
