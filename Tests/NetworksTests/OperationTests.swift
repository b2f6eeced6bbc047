import Tensors
import Testing

@testable import Networks

struct OperationTests {
    @Test func theListIsWhatLibtorchDeclares() throws {
        #expect(AllowedOperation.all.count > 340)
        for operation in AllowedOperation.all { #expect(throws: Never.self) { try operation.operation() } }
    }

    @Test func nothingOnTheListOpensFilesOrSkipsChecks() {
        for name in [
            "from_file", "set_", "_unsafe_view", "_sparse_coo_tensor_unsafe", "resize_", "as_strided", "_copy_from", "record_stream",
        ] {
            #expect(!AllowedOperation.all.contains { $0.name.base == name })
        }
        for operation in AllowedOperation.all { #expect(!operation.signature.contains("!"), "\(operation.name) writes into its operands") }
    }

    @Test func argumentsAreReadAsTheyAreWritten() throws {
        let arguments: [OperationArgument] = [
            .source(1), .parameter("weight"), .constant("c1"), .int(-3), .real(0.1), .real(.infinity), .real(-.infinity), .bool(true),
            .string("a \"b\\ ,]"),
            .dtype(.int64), .none, .byDefault, .list([]), .list([.int(1), .list([.none, .source(0)])]), .batch(times: 3),
        ]
        let text = arguments.map(\.text).joined(separator: ", ")
        #expect(try #require(OperationArgument.list(text: text)) == arguments)
        #expect(OperationArgument.list(text: "") == [])
        for wrong in ["[1", "$x", "N*0", "\"a", "1,,2", ":float8", String(repeating: "[", count: 100)] {
            #expect(OperationArgument.list(text: wrong) == nil)
        }
    }

    @Test func resultsOfSeveralAndSizesOfTheBatch() throws {
        // chunk gives two halves; the second is repeated once for each sample of another value.
        let half = Operation(OperationName("chunk"), [.source(0), .int(2), .int(1)], result: 1, shape: [1, 3], batchAxis: 0)
        let tokens = Operation(
            OperationName("expand"), [.parameter("cls"), .list([.batch(times: 1), .int(-1)])],
            parameters: [ParameterDeclaration("cls", initial: .zeros)], shape: [1, 3], batchAxis: 0,
            batchPlace: .init(source: 0, axis: 0, times: 1))
        let architecture = try Architecture(
            family: "halves", inputShape: [6],
            nodes: [
                Architecture.Node(id: "half", layer: half, prefix: nil, sources: [Architecture.input]),
                Architecture.Node(id: "cls", layer: tokens, prefix: "", sources: ["half"]),
                Architecture.Node(id: "sum", layer: Add(), prefix: nil, sources: ["half", "cls"]),
            ])
        let network = try Network(architecture, parameters: ["cls": Tensor([10, 20, 30] as [Float], shape: [1, 3])])
        for samples in [1, 4] {
            let x = try Tensor((0..<6 * samples).map(Float.init), shape: [samples, 6])
            let expected = (0..<samples).flatMap { sample in [13, 24, 35].map { Float($0 + 6 * sample) } }
            #expect(try network(x).array(of: Float.self) == expected)
        }
    }
}
