import Archives
import Foundation
import Networks
import Tensors
import Testing
@testable import Checkpoints

/// A network of Tests/Fixtures/networks, which PyTorch wrote with torchvision's, timm's or the papers' own names and forward passes
/// (scripts/make-network-fixtures.py), and what has to be recognised.
struct Fixture: CustomStringConvertible, Sendable {
    let file: String
    let family: String
    let input: [Int]

    var name: String { file.split(separator: ".").first.map(String.init) ?? file }
    var path: String { "\(Repository.fixtures)/\(file)" }
    var description: String { name }

    /// sin(0.1 i + 0.3) over the elements, as the script has it.
    func inputs(batch: Int, dtype: DType = .float32) throws -> Tensor {
        let count = batch * input.reduce(1, *)
        return try Tensor((0..<count).map { Float(sin(Double($0) * 0.1 + 0.3)) }, shape: [batch] + input).converted(to: dtype)
    }

    static let all = [
        Fixture(file: "mlp.pt", family: "MLP", input: [64]),
        Fixture(file: "lenet.pt", family: "LeNet", input: [1, 28, 28]),
        Fixture(file: "lenet-padded.pt", family: "LeNet", input: [1, 28, 28]),
        Fixture(file: "vgg11-cifar.pt", family: "VGG11", input: [3, 32, 32]),
        Fixture(file: "vgg11-bn-cifar.safetensors", family: "VGG11 with batch normalisation", input: [3, 32, 32]),
        Fixture(file: "vgg13-bn-three-linear.safetensors", family: "VGG13 with batch normalisation", input: [3, 32, 32]),
        Fixture(file: "vgg16-imagenet.pt", family: "VGG16", input: [3, 224, 224]),
        Fixture(file: "vgg19-bn-imagenet.safetensors", family: "VGG19 with batch normalisation", input: [3, 224, 224]),
        Fixture(file: "resnet18-torchvision.safetensors", family: "ResNet18", input: [3, 224, 224]),
        Fixture(file: "resnet34-torchvision.safetensors", family: "ResNet34", input: [3, 224, 224]),
        Fixture(file: "resnet50-torchvision.safetensors", family: "ResNet50", input: [3, 224, 224]),
        Fixture(file: "resnet18d-timm.safetensors", family: "ResNet18-D", input: [3, 224, 224]),
        Fixture(file: "resnet26d-timm.safetensors", family: "ResNet26-D", input: [3, 224, 224]),
        Fixture(file: "resnet20-cifar.safetensors", family: "ResNet20", input: [3, 32, 32]),
        Fixture(file: "resnet20-padded-shortcut.safetensors", family: "ResNet20", input: [3, 32, 32]),
        Fixture(file: "resnet18-cifar.safetensors", family: "ResNet18", input: [3, 32, 32]),
        Fixture(file: "resnet18-cifar-nobias-nobn.pt", family: "ResNet18", input: [3, 32, 32]),
        Fixture(file: "resnet8-cifar-bias-nobn.pt", family: "ResNet8", input: [3, 32, 32]),
        Fixture(file: "vit-torchvision.pt", family: "ViT", input: [3, 16, 16]),
        Fixture(file: "vit-timm.pt", family: "ViT", input: [3, 16, 16]),
        Fixture(file: "vit-timm-average.pt", family: "ViT", input: [3, 16, 16]),
        Fixture(file: "vit-cifar.safetensors", family: "ViT", input: [3, 16, 16]),
        Fixture(file: "mixed.pt", family: "mixed", input: [3, 16, 16]),
    ]
}

@Suite("Families") struct FamilyTests {
    @Test("a network written by PyTorch is recognised and gives PyTorch's logits", arguments: Fixture.all)
    func logits(of fixture: Fixture) throws {
        let checkpoint = try Checkpoint.open(fixture.path)
        let network = try checkpoint.network()
        #expect(network.architecture.family == fixture.family)
        #expect(network.architecture.inputShape == fixture.input)
        let expected = try Archive.open("\(Repository.fixtures)/logits.safetensors").array(fixture.name)
        let logits = try network(fixture.inputs(batch: expected.shape[0]))
        #expect(logits.shape == expected.shape)
        let largest = try zip(logits.array(of: Float.self), expected.floats()).map { abs($0 - $1) }.max() ?? .infinity
        // Both are libtorch in f32; the order of sums may differ between versions.
        #expect(largest < 1e-4)
    }

    @Test("permuting every neuron group leaves the logits as they were, in f32 and in f64", arguments: Fixture.all)
    func selfCheck(of fixture: Fixture) throws {
        let checkpoint = try Checkpoint.open(fixture.path)
        for dtype in [DType.float32, .float64] {
            let network = try checkpoint.network(dtype: dtype)
            let check = try network.selfCheck(seed: 3, inputs: fixture.inputs(batch: 2, dtype: dtype))
            #expect(check.passed, "\(check)")
            #expect(check.scale > 1e-3)
        }
    }

    @Test("an architecture written to a file and read again is the same network", arguments: Fixture.all)
    func architectureRoundTrip(of fixture: Fixture) throws {
        let checkpoint = try Checkpoint.open(fixture.path)
        let text = try ArchitectureFile.text(of: checkpoint.stored.architecture)
        let again = try ArchitectureFile.architecture(from: text, file: fixture.name)
        #expect(try Network(again, parameters: checkpoint.stored.parameters).layerRows == checkpoint.stored.layerRows)
    }

    @Test("every parameter axis that should index neurons does", arguments: Fixture.all)
    func everyAxisIsAttached(of fixture: Fixture) throws {
        let network = try Checkpoint.open(fixture.path).stored
        for layer in network.trace.layers {
            for parameter in layer.parameters where parameter.role != .counter {
                let axes = network.groups.layouts[parameter.fullName] ?? [:]
                for (axis, layout) in axes { #expect(layout.length == parameter.shape[axis], "\(parameter.fullName), axis \(axis)") }
                #expect(!axes.isEmpty, "\(parameter.fullName)")
            }
        }
        #expect(network.groups.classes?.neurons == 5)
        #expect(network.groups.hidden.allSatisfy { $0.reading != nil })
    }
}
