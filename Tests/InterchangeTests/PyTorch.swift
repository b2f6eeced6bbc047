import Foundation
import Testing

/// The pinned PyTorch that `make setup-tests` installs: it writes the checkpoints that people have, and reads what Amalgam saved.
struct PyTorch {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let python = root.path + "/.deps/python/bin/python"

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Runs a script in `folder`; gives what it printed.
    ///
    /// `support.py` beside this file is at hand as `from support import *`: torch, the built-in digits, accuracy.
    @discardableResult
    static func run(_ script: String, in folder: String) throws -> String {
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Failure(description: "there is no \(python): run `make setup-tests`")
        }
        let (status, output, errors) = try launch(
            python, ["-c", script], in: folder,
            environment: [
                "PYTHONPATH": root.path + "/Tests/InterchangeTests", "AMALGAM_ROOT": root.path, "PYTHONDONTWRITEBYTECODE": "1",
            ])
        guard status == 0 else { throw Failure(description: "Python ended with \(status): \(errors)") }
        return output
    }
}

/// The program as a shell runs it, in a folder of the test's own.
struct Amalgam {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    static let program: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (tests as NSString).deletingLastPathComponent + "/amalgam"
    }()
}

/// A folder that goes with the test.
final class Workplace {
    let folder = NSTemporaryDirectory() + "amalgam-interchange-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    @discardableResult func python(_ script: String) throws -> String { try PyTorch.run("from support import *\n" + script, in: folder) }

    func amalgam(_ arguments: String...) throws -> Amalgam.Result { try amalgam(arguments) }

    func amalgam(_ arguments: [String]) throws -> Amalgam.Result {
        let (status, output, errors) = try launch(Amalgam.program, arguments, in: folder, environment: ["AMALGAM_RUNS": folder + "/runs"])
        return Amalgam.Result(status: status, output: output, errors: errors)
    }
}

private func launch(
    _ program: String, _ arguments: [String], in folder: String, environment: [String: String]
) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1"]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // Read side by side: a full pipe would stop the program.
    let complaint = DispatchQueue(label: "errors")
    nonisolated(unsafe) var complaints = Data()
    complaint.async { complaints = errors.fileHandleForReading.readDataToEndOfFile() }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    complaint.sync {}
    return (process.terminationStatus, String(decoding: text, as: UTF8.self), String(decoding: complaints, as: UTF8.self))
}
