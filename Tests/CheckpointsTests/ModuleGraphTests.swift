import Networks
import Tensors
import Testing
@testable import Archives
@testable import Checkpoints

/// Graphs of pickled modules, from the modules as the archive tells them.
@Suite("Graphs of pickled modules") struct ModuleGraphTests {
    /// A module of `torch.nn`: `linear.Linear` at `0`.
    static func module(_ path: String, _ name: String, _ attributes: [String: String] = [:], hooks: [String] = []) -> StoredModule {
        StoredModule(
            path: path, className: name.contains("__main__") ? name : "torch.nn.modules.\(name)", attributes: attributes, hooks: hooks)
    }

    static func sequential(_ leaves: [(String, [String: String])]) -> [StoredModule] {
        [module("", "container.Sequential")] + leaves.enumerated().map { module("\($0)", $1.0, $1.1) }
    }

    func graph(_ modules: [StoredModule], _ shapes: [(String, [Int])], hints: RecognitionHints = RecognitionHints()) throws -> Architecture
    {
        try Checkpoint.graph(of: shapes.map { ($0.0, $0.1) }, modules: modules, hints: hints).0
    }

    func refusal(_ modules: [StoredModule], _ shapes: [(String, [Int])], hints: RecognitionHints = RecognitionHints()) -> String {
        do { return "opened as \(try graph(modules, shapes, hints: hints).family)" } catch { return "\(error)" }
    }

    static let perceptron: [(String, [Int])] = [("0.weight", [5, 4]), ("0.bias", [5]), ("2.weight", [3, 5])]

    @Test("the layers stand in the order of the modules, with their options, and nothing is assumed")
    func order() throws {
        let modules = Self.sequential([
            ("conv.Conv2d", ["kernel_size": "(3, 3)", "stride": "(2, 2)", "padding": "(1, 1)", "padding_mode": "zeros"]),
            ("activation.LeakyReLU", ["negative_slope": "0.3"]),
            ("batchnorm.BatchNorm2d", ["eps": "0.001", "momentum": "0.2", "track_running_stats": "True"]),
            ("flatten.Flatten", ["start_dim": "1", "end_dim": "-1"]), ("linear.Linear", [:]),
        ])
        let (architecture, source) = try Checkpoint.graph(
            of: [("0.weight", [4, 1, 3, 3]), ("2.running_mean", [4]), ("2.running_var", [4]), ("4.weight", [3, 4 * 100])], modules: modules,
            hints: RecognitionHints(inputShape: [1, 20, 20]))
        #expect(source == .modules && architecture.assumptions.isEmpty)
        #expect(architecture.nodes.map { type(of: $0.layer).kind } == ["conv2d", "activation", "batch_norm", "flatten", "linear"])
        #expect((architecture.nodes[0].layer as? Convolution)?.stride == [2, 2])
        #expect(architecture.nodes[1].layer as? Activation == Activation(.leakyRelu, 0.3))
        #expect((architecture.nodes[2].layer as? BatchNormalization)?.epsilon == 0.001)
    }

    @Test("the input is told where only one size fits, and else the usual one is taken and said")
    func input() throws {
        let head: [(String, [String: String])] = [("activation.ReLU", [:]), ("flatten.Flatten", [:]), ("linear.Linear", [:])]
        let plain = try graph(
            Self.sequential([("conv.Conv2d", ["kernel_size": "(3, 3)"])] + head), [("0.weight", [2, 3, 3, 3]), ("3.weight", [5, 2 * 81])])
        #expect(plain.inputShape == [3, 11, 11] && plain.assumptions.isEmpty)
        let strided = try graph(
            Self.sequential([("conv.Conv2d", ["kernel_size": "(3, 3)", "stride": "(2, 2)", "padding": "(1, 1)"])] + head),
            [("0.weight", [2, 1, 3, 3]), ("3.weight", [5, 2 * 16])])
        #expect(strided.inputShape == [1, 8, 8] && strided.assumptions == ["images of 8×8, although other sizes fit as well"])
        let unknown = refusal(
            Self.sequential([("conv.Conv2d", ["kernel_size": "(3, 3)"])] + head), [("0.weight", [2, 3, 3, 3]), ("3.weight", [5, 2 * 30])])
        #expect(unknown.contains("no square image of up to 256×256") && unknown.contains("--hint input="), "\(unknown)")
        let told = try graph(
            Self.sequential([("conv.Conv2d", ["kernel_size": "(3, 3)"])] + head),
            [("0.weight", [2, 3, 3, 3]), ("3.weight", [5, 2 * 30])], hints: RecognitionHints(inputShape: [3, 7, 8]))
        #expect(told.inputShape == [3, 7, 8])
    }

    @Test("sides that wrap the network say nothing of it", arguments: ["parallel.data_parallel.DataParallel"])
    func wrapped(name: String) throws {
        let modules =
            [StoredModule(path: "", className: "torch.nn.\(name)", attributes: [:])]
            + [
                Self.module("module", "container.Sequential"), Self.module("module.0", "linear.Linear"),
                Self.module("module.1", "activation.Tanh"), Self.module("module.2", "linear.Linear"),
            ]
        // The parameters have lost the prefix, or have it still.
        for prefix in ["", "module."] {
            let architecture = try graph(modules, Self.perceptron.map { (prefix + $0.0, $0.1) })
            #expect(architecture.parameterised.compactMap(\.prefix) == ["\(prefix)0", "\(prefix)2"])
        }
    }

    @Test(
        "a class, an option or a hook that no layer computes is refused by path and class",
        arguments: [
            ("__main__.Swish", [:], [], "“1” of class __main__.Swish"),
            ("activation.RReLU", [:], [], "“1” of class torch.nn.modules.activation.RReLU"),
            ("activation.Softplus", ["beta": "0"], [], "beta must not be 0"),
            ("activation.Hardtanh", ["min_val": "nan"], [], "must be a finite number"),
            ("activation.GELU", ["approximate": "erf"], [], "approximate = erf"),
            ("batchnorm.BatchNorm1d", ["track_running_stats": "False"], [], "track_running_stats"),
            ("batchnorm.BatchNorm1d", ["momentum": "None"], [], "momentum = None"),
            ("activation.ReLU", [:], ["__main__.double"], "a forward hook (__main__.double)"),
            ("activation.ReLU", [:], ["forward"], "its forward was replaced"), ("activation.Softmax", ["dim": "0"], [], "dim = 0"),
            ("dropout.Dropout", ["p": "1"], [], "below 1"),
            ("flatten.Flatten", ["start_dim": "0"], [], "start_dim = 0"),
            ("normalization.LayerNorm", ["normalized_shape": "(4,)"], [], "normalized_shape = [4]"),
            ("normalization.LayerNorm", ["normalized_shape": "(a,)"], [], "normalized_shape = (a,)"),
        ] as [(String, [String: String], [String], String)])
    func refused(name: String, attributes: [String: String], hooks: [String], words: String) {
        let modules = [
            Self.module("", "container.Sequential"), Self.module("0", "linear.Linear"), Self.module("1", name, attributes, hooks: hooks),
            Self.module("2", "linear.Linear"),
        ]
        let text = refusal(modules, Self.perceptron)
        #expect(text.contains(words) && text.contains("module “1”"), "\(text)")
    }

    @Test("a subclass of Sequential may compute anything")
    func subclass() {
        let modules = [
            Self.module("", "container.Sequential"), StoredModule(path: "0", className: "__main__.Twice", attributes: [:]),
            Self.module("0.0", "linear.Linear"), Self.module("1", "linear.Linear"),
        ]
        #expect(refusal(modules, [("0.0.weight", [5, 4]), ("1.weight", [3, 5])]).contains("“0” of class __main__.Twice"))
    }

    @Test(
        "numbers of a hostile pickle are refused, not computed with",
        arguments: [
            ("conv.Conv2d", ["kernel_size": "(9223372036854775807, 3)", "padding": "same"]),
            ("conv.Conv2d", ["kernel_size": "(3, 3)", "stride": "(0, 1)"]),
            ("conv.Conv2d", ["kernel_size": "(3, 3)", "groups": "9223372036854775807"]),
            ("conv.Conv2d", ["kernel_size": "(3, 3)", "padding": "(-1, 9223372036854775807)"]),
            ("pooling.MaxPool2d", ["kernel_size": "9223372036854775807"]), ("padding.ReflectionPad2d", ["padding": "(-1, 0, 0, 0)"]),
            ("conv.Conv2d", ["kernel_size": "None"]),
        ] as [(String, [String: String])])
    func hostile(name: String, attributes: [String: String]) {
        let text = refusal(
            Self.sequential([(name, attributes), ("flatten.Flatten", [:]), ("linear.Linear", [:])]),
            [("0.weight", [2, 1, 3, 3]), ("2.weight", [5, 8])])
        #expect(text.contains("module “0”") || text.contains("module at the top"), "\(text)")
    }

    // MARK: classes with a forward of their own

    static func leNet(_ more: [StoredModule], stride: String = "(1, 1)") -> [StoredModule] {
        let convolution = ["kernel_size": "(5, 5)", "stride": stride, "padding": "(0, 0)", "padding_mode": "zeros"]
        return [
            module("", "__main__.LeNet"), module("conv1", "conv.Conv2d", convolution), module("conv2", "conv.Conv2d", convolution),
            module("fc1", "linear.Linear"), module("fc2", "linear.Linear"),
        ] + more
    }

    static let leNetShapes: [(String, [Int])] = [
        ("conv1.weight", [4, 1, 5, 5]), ("conv2.weight", [6, 4, 5, 5]), ("fc1.weight", [12, 96]), ("fc2.weight", [7, 12]),
    ]

    @Test("a family takes the options of the modules, and says what of forward it assumes")
    func family() throws {
        let modules = Self.leNet([
            Self.module("act", "activation.ELU", ["alpha": "0.5"]),
            Self.module("pool", "pooling.AvgPool2d", ["kernel_size": "2", "stride": "2"]),
        ])
        let architecture = try graph(modules, Self.leNetShapes)
        #expect(architecture.family == "LeNet")
        #expect(architecture.nodes.compactMap { $0.layer as? Activation }.allSatisfy { $0 == Activation(.elu, 0.5) })
        #expect(architecture.nodes.compactMap { $0.layer as? Pooling }.map(\.function) == [.average, .average])
        #expect(
            architecture.assumptions.contains("2×2 average pools after conv1, conv2")
                && !architecture.assumptions.contains { $0.contains("ReLU") })
        // Without a module the nonlinearity is a call of a function, and assumed.
        #expect(try graph(Self.leNet([]), Self.leNetShapes).assumptions.contains("ReLU after every layer but the last"))
    }

    @Test(
        "a module that contradicts the family, or has no place in it, is refused by name",
        arguments: [
            (["activation.ReLU": "first", "activation.Tanh": "second"], "second"), (["__main__.Gate": "gate"], "gate"),
            (["padding.ReflectionPad2d": "pad"], "pad"),
        ] as [([String: String], String)])
    func contradictions(leaves: [String: String], named: String) {
        let more = leaves.sorted { $0.value < $1.value }.map { Self.module($1, $0, ["padding": "(1, 1, 1, 1)"]) }
        let text = refusal(Self.leNet(more), Self.leNetShapes)
        #expect(text.contains("module “\(named)”"), "\(text)")
        // Strides that the family does not have change what the head reads.
        #expect(refusal(Self.leNet([], stride: "(2, 2)"), Self.leNetShapes).contains("fc1.weight"))
    }

    @Test("a class of Sequentials with every nonlinearity among its modules leaves only their order to assume")
    func registered() throws {
        let modules =
            [Self.module("", "__main__.Net"), Self.module("features", "container.Sequential")]
            + [
                Self.module("features.0", "conv.Conv2d", ["kernel_size": "(3, 3)", "stride": "(2, 2)"]),
                Self.module("features.1", "activation.Mish"), Self.module("head", "linear.Linear"),
            ]
        let architecture = try graph(
            modules, [("features.0.weight", [2, 1, 3, 3]), ("head.weight", [5, 2 * 9])], hints: RecognitionHints(inputShape: [1, 8, 8]))
        #expect(architecture.nodes.map { type(of: $0.layer).kind } == ["conv2d", "activation", "flatten", "linear"])
        #expect(
            architecture.assumptions == [
                "Net.forward calls its modules in the order of registration and flattens before the linear layers"
            ])
    }

    @Test("TorchScript is called by its name, with the command that converts it")
    func script() {
        let text = refusal(
            [StoredModule(path: "", className: "__torch__.torch.nn.modules.container.Sequential", attributes: [:])], Self.perceptron)
        #expect(text.contains("TorchScript") && text.contains("torch.jit.load"), "\(text)")
    }
}

@Suite("What is assumed of a state dict") struct AssumptionTests {
    func recognise(_ entries: [(String, [Int])], _ hints: String...) throws -> Architecture {
        var read = RecognitionHints()
        for hint in hints { try read.add(hint) }
        return try Families.recognise(ParameterTable(entries.map { ($0.0, $0.1) }, hints: read))
    }

    func reason(_ entries: [(String, [Int])]) -> String {
        do { return "opened as \(try recognise(entries).family)" } catch { return "\(error)" }
    }

    static let grouped: [(String, [Int])] = [
        ("features.0.weight", [16, 1, 3, 3]), ("features.1.weight", [16]), ("features.1.bias", [16]),
        ("features.4.weight", [32, 16, 3, 3]), ("features.5.weight", [32]), ("features.5.bias", [32]),
        ("classifier.weight", [10, 128]),
    ]

    @Test("a normalisation without statistics is asked about, and a hint decides")
    func norms() throws {
        let text = reason(Self.grouped)
        for words in [
            "features.1", "group normalisation (--hint norm=group:8", "--hint norm=instance",
            "batch normalisation saved without its running statistics",
        ] { #expect(text.contains(words), "\(text)") }
        let group = try recognise(Self.grouped, "norm=group:4")
        #expect(group.nodes.compactMap { ($0.layer as? GroupNormalization)?.groups } == [4, 4])
        #expect(group.nodes.map { type(of: $0.layer).kind }.prefix(4) == ["conv2d", "group_norm", "activation", "pool"])
        #expect(try recognise(Self.grouped, "norm=instance").nodes.count { $0.layer is InstanceNormalization } == 2)
    }

    @Test("a name that says layer normalisation is taken at its word, and that is said")
    func names() throws {
        let entries: [(String, [Int])] = [("fc1.weight", [6, 4]), ("ln1.weight", [6]), ("ln1.bias", [6]), ("fc2.weight", [3, 6])]
        let named = try recognise(entries)
        #expect(named.nodes.map { type(of: $0.layer).kind } == ["flatten", "linear", "layer_norm", "activation", "linear"])
        #expect(named.assumptions.contains { $0.contains("layer normalisation") && $0.contains("ln1") })
        let plain = entries.map { ($0.0.replacingOccurrences(of: "ln1", with: "norm1"), $0.1) }
        #expect(reason(plain).contains("--hint norm=layer"))
        #expect(try recognise(plain, "norm=layer").nodes.contains { $0.layer is LayerNormalization })
    }

    @Test("AlexNet as published is itself; another chain with such kernels is refused")
    func alexNet() throws {
        func entries(_ first: Int, head: Int) -> [(String, [Int])] {
            let convolutions = [(0, 3, 64, first), (3, 64, 192, 5), (6, 192, 384, 3), (8, 384, 256, 3), (10, 256, 256, 3)].map {
                ("features.\($0.0).weight", [$0.2, $0.1, $0.3, $0.3])
            }
            return convolutions + [
                ("classifier.1.weight", [40, head]), ("classifier.4.weight", [40, 40]), ("classifier.6.weight", [10, 40]),
            ]
        }
        let published = try recognise(entries(11, head: 9216))
        #expect(published.family == "AlexNet" && published.inputShape == [3, 224, 224])
        #expect(published.nodes.compactMap { ($0.layer as? Convolution)?.stride[0] } == [4, 1, 1, 1, 1])
        #expect(published.nodes.compactMap { ($0.layer as? Pooling)?.kernel } == [[3, 3], [3, 3], [3, 3]])
        #expect(reason(entries(11, head: 256)).contains("--hint pool=1,1,1,1,1"))
        #expect(reason(entries(7, head: 9216)).contains("--hint stride="))
    }

    @Test("chains of which nothing tells are refused, and hints say strides, padding and pools")
    func chains() throws {
        // Without gaps a stride is as likely as none.
        for names in [["0", "2", "5"], ["conv1", "conv2", "fc"], ["features.0", "features.2", "head"]] {
            let entries: [(String, [Int])] = [
                ("\(names[0]).weight", [8, 1, 3, 3]), ("\(names[1]).weight", [16, 8, 3, 3]), ("\(names[2]).weight", [10, 64]),
            ]
            #expect(reason(entries).contains("--hint pool=1,1 --hint stride=1,1 --hint padding=1,1"), "\(names)")
            let told = try recognise(entries, "pool=0,0", "stride=2,1", "padding=1,0", "input=1x8x8")
            #expect(told.nodes.compactMap { ($0.layer as? Convolution)?.stride[0] } == [2, 1])
            #expect(!told.nodes.contains { $0.layer is Pooling })
        }
        // A number left out behind a convolution is its nonlinearity: the normalisation comes after it.
        let after = try recognise([
            ("0.weight", [8, 1, 3, 3]), ("2.weight", [8]), ("2.running_mean", [8]), ("2.running_var", [8]), ("5.weight", [10, 8 * 16]),
        ])
        #expect(after.nodes.map { type(of: $0.layer).kind } == ["conv2d", "activation", "batch_norm", "pool", "flatten", "linear"])
    }

    @Test("an assumed input size gives way to that of the data, and a told one does not")
    func inputSize() throws {
        let fixture = try #require(Fixture.all.first { $0.name == "resnet20-cifar" })
        let assumed = try Checkpoint.open(fixture.path)
        #expect(assumed.assumesInputSize && assumed.graphState == .assumed)
        let taken = try #require(assumed.taking([3, 24, 20]))
        #expect(taken.stored.architecture.inputShape == [3, 24, 20] && !taken.assumesInputSize)
        #expect(taken.hintNotes == ["the input shape 3×24×20 comes from the data"])
        #expect(try taken.network()(Tensor.zeros([2, 3, 24, 20])).shape == [2, 5])
        #expect(assumed.taking([1, 24, 20]) == nil)
        #expect(
            try Checkpoint.open(fixture.path, LoadOptions(hints: RecognitionHints(inputShape: [3, 16, 16]))).taking([3, 24, 20]) == nil)
    }
}
