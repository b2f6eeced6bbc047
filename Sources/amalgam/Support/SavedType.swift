import ArgumentParser
import Tensors

/// The floating-point type that a network is saved in, shared by every command that saves one.
struct SavedType: ParsableArguments {
    @Option(
        name: .customLong("dtype"),
        help: ArgumentHelp(
            "Floating-point type of the saved network: \(DType.savedNames.joined(separator: ", ")). Default: as in the checkpoint of the reference parent or the initial network; float32 for a new network.",
            valueName: "type"))
    var name: String?

    var type: DType? { name.flatMap { DType(savedAs: $0) } }

    func validate() throws {
        if let name, type == nil { throw ValidationError("--dtype \(name) should be one of \(DType.savedNames.joined(separator: ", "))") }
    }
}
