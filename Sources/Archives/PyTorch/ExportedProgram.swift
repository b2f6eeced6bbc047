/// The graph of a network that `torch.export.save` wrote (`.pt2`), as the file has it: nothing is executed, and no pickle is read.
///
/// Names are the graph's own; `inputs` says which of them are parameters and buffers of the state dict. Symbolic sizes stand with the values that the
/// example had.
package struct ExportedProgram: Sendable {
    /// The version of the file's schema, and PyTorch's.
    package let schema: (major: Int, minor: Int)
    package let torchVersion: String
    package let inputs: [Input]
    package let nodes: [Node]
    package let outputs: [Output]
    /// What is known of every tensor, by its name in the graph.
    package let values: [String: Value]
    /// The example's values of symbolic numbers, by name; nil where the file has none.
    package let symbols: [String: Double]
    /// The names of the sizes that each symbolic number is made of, as the exporter calls them: “s23”.
    package var symbolSources: [String: Set<String>] = [:]
    /// Names of the graph's inputs and values whose sizes are symbolic.
    package let dynamicValues: Set<String>
    /// Tensors that no state dict has: constants, and buffers that are not saved.
    package let constants: [String: StoredArray]
    /// The parameters and buffers of the state dict, in the file's order.
    package internal(set) var weights: [Weight] = []
    /// Every member of the file that holds no weights, so that the graph can be written again beside others.
    package internal(set) var members: [(name: String, bytes: ByteView)] = []
    /// The folder of the members, and the name of the graph in it.
    package internal(set) var folder = ""
    package internal(set) var model = ""

    /// A parameter or a buffer of the state dict.
    package struct Weight: Sendable {
        package let name: String
        package let shape: [Int]
        package let type: ElementType
        package let isParameter: Bool
    }

    /// A value that comes into the graph.
    package enum Input: Sendable, Equatable {
        case parameter(name: String, stored: String)
        case buffer(name: String, stored: String, isPersistent: Bool)
        case constant(name: String, stored: String)
        case user(name: String)
        /// A plain value that the example gave; the graph does not read it.
        case plain(name: String)
    }

    /// A call of an operation.
    package struct Node: Sendable {
        package let name: String
        /// Such as `torch.ops.aten.conv2d.default`.
        package let target: String
        package let arguments: [(name: String, value: Argument)]
        package let results: [Argument]
        /// The path of the module that makes the call, such as `layer1.0.conv1`; empty for the network itself.
        package let module: String
    }

    package indirect enum Argument: Sendable, Equatable {
        case none
        case tensor(String)
        case int(Int), real(Double), bool(Bool), string(String)
        case type(ElementType)
        /// PyTorch's own number of the memory format: 0 contiguous, 1 preserved, 2 channels last.
        case memoryFormat(Int)
        case layout, device
        /// A symbolic number by its name.
        case symbol(String)
        case list([Argument])
        /// Of a kind that no graph of tensors has.
        case other(String)
    }

    /// What a tensor of the graph is.
    package struct Value: Sendable {
        /// Nil for a type that is not read.
        package let type: ElementType?
        /// With the example's values of symbolic sizes.
        package let sizes: [Int]
        /// For each axis of symbolic length, what that is made of.
        package var sources: [Int: Set<String>] = [:]
    }

    /// A result of the network.
    package struct Output: Sendable {
        package let value: Argument
        /// Its key in the dictionary that the network returns, or its place in the tuple: "logits", "0".
        package let key: String
    }
}

extension ExportedProgram {
    /// The names of the parameters in the state dict.
    package var parameterNames: Set<String> { Set(inputs.compactMap { if case .parameter(_, let stored) = $0 { stored } else { nil } }) }
}

extension ElementType {
    /// The type of a number in a `.pt2`; nil for the types that are not read.
    init?(exported number: Int) {
        let types: [Int: ElementType] = [
            1: .u8, 2: .i8, 3: .i16, 4: .i32, 5: .i64, 6: .f16, 7: .f32, 8: .f64, 10: .c64, 11: .c128, 12: .bool, 13: .bf16, 28: .u16,
            34: .u32,
            35: .u64,
        ]
        guard let type = types[number] else { return nil }
        self = type
    }

    /// Its number in a `.pt2`; nil where it has none.
    var exportedNumber: Int? { (1...35).first { ElementType(exported: $0) == self } }
}
