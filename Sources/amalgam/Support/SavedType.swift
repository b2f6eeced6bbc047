import ArgumentParser
import Tensors

/// The floating-point type that a network is saved in, shared by every command that saves one.
struct SavedType: ParsableArguments {
    @Option(
        name: .customLong("dtype"),
        help: ArgumentHelp(
            "The floating-point type of what is saved: \(DType.savedNames.joined(separator: ", ")); as in the file that its names come from when not given.",
            valueName: "type"))
    var name: String?

    var type: DType? { name.flatMap { DType(savedAs: $0) } }

    func validate() throws {
        if let name, type == nil { throw ValidationError("--dtype \(name) should be one of \(DType.savedNames.joined(separator: ", "))") }
    }
}
