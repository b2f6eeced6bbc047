import ArgumentParser
import Runs
import Training

struct FineTune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finetune", abstract: "Fine-tunes a network on labels, by distillation from teachers, or both.",
        discussion: """
            Examples:
              amalgam finetune fused.safetensors --data mnist:data/mnist --epochs 3 --output tuned.safetensors
              amalgam finetune fused.pt --data digits --teacher a.pt --teacher b.pt --preset distill --output tuned.pt
              amalgam finetune fused.pt --data cifar10:data/cifar10 --evaluate cifar10:data/cifar10 --control a.pt --report tuned.html
              amalgam finetune --resume tuned.pt.training

            \(FineTuningOptions.listing)
            """)

    @Argument(help: ArgumentHelp("The checkpoint to start from.", valueName: "file"))
    var network: String?

    @Option(help: ArgumentHelp("Resumes an interrupted training from the checkpoint beside its output.", valueName: "file"))
    var resume: String?

    @OptionGroup var opening: OpeningOptions

    @OptionGroup var options: FineTuningOptions

    func run() throws {
        let group = try Ranks.join()
        if let resume {
            guard network == nil, options.recipe == nil, options.data == nil else {
                throw ValidationError("--resume reads network and data from its checkpoint")
            }
            let run = try FineTuningRun(resuming: resume, changes: options.assignments)
            if group?.isFirst ?? true { try options.check(run.recipe, output: nil, resuming: resume) }
            return try options.carryOut(run, group)
        }
        var recipe = try options.made(start: network.map { .network($0) })
        recipe.load = try recipe.load.overridden(by: opening.options())
        try options.carryOut(recipe, group)
    }
}

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a network from scratch.",
        discussion: """
            Examples:
              amalgam train mlp:64-32-10 --data digits --epochs 20 --output a.safetensors
              amalgam train resnet18:width=16 --data cifar10:data/cifar10 --preset otfusion-resnet18 --output b.safetensors
              amalgam train like:a.pt --data digits --seed 2 --output c.safetensors

            \(FineTuningOptions.listing)
            """)

    @Argument(help: ArgumentHelp("\(ArchitectureSpec.forms).", valueName: "network"))
    var network: String?

    @OptionGroup var options: FineTuningOptions

    func run() throws {
        let group = try Ranks.join(), recipe = try options.made(start: network.map { .fresh($0) })
        try options.carryOut(recipe, group)
    }
}
