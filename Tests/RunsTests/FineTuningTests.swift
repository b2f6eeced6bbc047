import Datasets
import Foundation
import Hyperparameters
import Networks
import Testing
import Training
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

@Suite("Fine-tuning runs") struct FineTuningRunTests {
    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("a recipe reads back as it was written, and its command says what differs from the defaults")
    func roundTrip() throws {
        var settings = Settings(FineTuning.table)
        for text in [
            "epochs=3", "learning-rate=1e-05", "freeze=conv1, layer1.*", "schedule=step", "step-at=1,2", "nesterov=true", "distill=kl",
        ] { try settings.apply(assignment: text) }
        let recipe = FineTuningRecipe(
            .network("/a b/it's \"quoted\".pt"), data: "digits:train?samples=20", validation: "arrays:/x.npz", evaluation: "digits:test",
            teachers: ["/t1.pt", "/t 2.pt"], settings: settings, seed: 9)
        #expect(try FineTuningRecipe(toml: recipe.toml(), path: "x.toml") == recipe, "\(recipe.toml())")
        let command = recipe.command(output: "/out.pt")
        #expect(
            command.hasPrefix("amalgam finetune '/a b/it'\\''s") && command.contains("--epochs 3") && command.contains("--nesterov true")
                && !command.contains("--batch"))
        #expect(FineTuningRecipe(.fresh("mlp:4-2"), data: "digits").command().hasPrefix("amalgam train mlp:4-2 --data digits"))
    }

    @Test(
        "the recipes of the documentation read, and what is wrong in a recipe is named",
        arguments: ["mnist-mlp", "cifar10-vgg", "cifar10-resnet18"])
    func documented(name: String) throws {
        let path = Self.package.appendingPathComponent("docs/recipes/\(name).toml").path
        let recipe = try FineTuningRecipe(file: path, start: .network("x.pt"))
        #expect(recipe.evaluation != nil && recipe.seed == 1)
        _ = try FineTuningSettings(recipe.settings)
        #expect { try FineTuningRecipe(file: path) } throws: { "\($0)".contains("network") }
        for (text, word) in [
            ("colour = 1", "colour"), ("network = 3\ndata = \"digits\"", "quotes"), ("network = \"a\"", "data is missing"),
            ("network = \"a\"\ndata = \"digits\"\n[settings]\nepoch = 3", "did you mean epochs?"),
            ("network = \"a\"\ndata = \"digits\"\n[settings]\nepochs = -3", "epochs cannot be"), ("network =", "not TOML"),
            ("network = \"a\"\ndata = \"digits\"\nseed = -1", "seed"),
        ] {
            #expect { try FineTuningRecipe(toml: text, path: "r.toml") } throws: { "\($0)".contains(word) && "\($0)".contains("r.toml") }
        }
    }

    @Test(
        "blueprints make networks of the families, of the data's shape",
        arguments: ["vgg11:width=4", "vgg16:width=2,norm=no", "resnet18:width=2", "resnet34:width=2,norm=no,bias=no"])
    func blueprints(text: String) throws {
        let network = try ArchitectureSpec(text).fresh(input: [3, 32, 32], classes: 7, seed: 1)
        #expect(network.trace.outputWidth == 7 && network.architecture.inputShape == [3, 32, 32])
        #expect(network.normalizationLayers.isEmpty == text.contains("norm=no"))
        // Pooled to one position each.
        #expect(network.trace.layers.last?.parameters.first?.shape == [7, text.contains("width=4") ? 32 : 16])
    }

    @Test(
        "blueprints of every other kind have the graph that their name says",
        arguments: [
            ("vgg:4-8-8-8", "VGG", 5), ("vgg19:width=2", "VGG19", 17), ("resnet8:width=4", "ResNet8", 8),
            ("resnet20:width=2", "ResNet20", 20), ("lenet:width=3", "LeNet", 5),
            ("vit:width=8,depth=2,heads=2,patch=8", "ViT", 0), ("mlp:3072-5-7", "MLP", 2),
        ])
    func kinds(text: String, family: String, weights: Int) throws {
        let network = try ArchitectureSpec(text).fresh(input: [3, 32, 32], classes: 7, seed: 1)
        #expect(network.trace.outputWidth == 7 && network.architecture.family.hasPrefix(family), "\(network.architecture.family)")
        // Layers with weights as the name counts them: without the projections of shortcuts.
        let counted = network.trace.layers.filter { layer in
            layer.parameters.contains { $0.shape.count > 1 } && !layer.id.contains("shortcut")
        }
        if weights > 0 { #expect(counted.count == weights) }
    }

    @Test(
        "a blueprint that cannot be made is refused with the forms there are",
        arguments: [
            "", "mlp", "mlp:3", "mlp:3-0", "vgg11:width=0", "vgg11:depth=3", "alexnet", "vgg:", "vit:norm=no", "mlp:4-2,bias=maybe",
            "like:", "resnet18:width=99999999999999999999",
        ])
    func refusedBlueprints(text: String) {
        #expect { try ArchitectureSpec(text) } throws: { "\($0)".contains("mlp:784") }
    }

    @Test("a training is taken up only with the data it was begun with, and only some settings may change")
    func resuming() throws {
        let folder = NSTemporaryDirectory() + "amalgam-runs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let output = folder + "/out.safetensors", checkpoint = FineTuningRun.checkpointPath(for: output)
        var settings = Settings(FineTuning.table)
        for text in ["epochs=3", "validation-share=0"] { try settings.apply(assignment: text) }
        let recipe = FineTuningRecipe(.fresh("mlp:64-8-10"), data: "digits?samples=100", settings: settings)
        let control = TrainingControl()
        #expect {
            try FineTuningRun(recipe, output: output).run(control: control) {
                if case .epochFinished(let epoch) = $0, epoch.epoch == 1 { control.cancel() }
            }
        } throws: { RunError(wrapping: $0).isCancellation }
        // A second beginning would throw the first away.
        #expect { try FineTuningRun(recipe, output: output) } throws: { "\($0)".contains("--resume") }
        #expect { try FineTuningRun(resuming: checkpoint, changes: ["batch=3"]) } throws: { "\($0)".contains("batch cannot change") }
        let run = try FineTuningRun(resuming: checkpoint, changes: ["epochs=2"])
        let report = try run.run().report
        #expect(report.summary.epochs == 2 && report.output == output && !FileManager.default.fileExists(atPath: checkpoint))
    }

    @Test("a result that cannot be written is not lost: taken up once there is room, it is written without training again")
    func unwritable() throws {
        let scratch = try Scratch(), output = scratch("out.safetensors"), checkpoint = FineTuningRun.checkpointPath(for: output)
        var settings = Settings(FineTuning.table)
        for text in ["epochs=2", "validation-share=0"] { try settings.apply(assignment: text) }
        let run = try FineTuningRun(FineTuningRecipe(.fresh("mlp:64-8-10"), data: "digits?samples=100", settings: settings), output: output)
        // Something comes into the way while it trains.
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let reason = error { _ = try run.run() }
        #expect(reason.contains("there is a folder of that name") && reason.contains("--resume \(checkpoint)"), "\(reason)")
        try FileManager.default.removeItem(atPath: output)
        var steps = 0
        let result = try FineTuningRun(resuming: checkpoint).run { if case .step = $0 { steps += 1 } }
        #expect(steps == 0 && result.report.output == output && !FileManager.default.fileExists(atPath: checkpoint))
        #expect(try FineTuningRun(run.recipe).run().report.network == result.report.network)
    }
}
