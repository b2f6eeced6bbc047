import Foundation

/// A Python process that runs the field's own programs on request, one line each way.
final class RivalProcess {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The Python that has PyTorch.
    static var python: String { ProcessInfo.processInfo.environment["PYTHON"].flatMap { $0.isEmpty ? nil : $0 } ?? "python3" }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var pending = Data()

    /// The solvers of SciPy, POT and scikit-learn; installs them first where they are missing.
    convenience init(packages: String) throws {
        let folder = URL(fileURLWithPath: packages)
        if !FileManager.default.fileExists(atPath: folder.appendingPathComponent("sklearn").path) {
            try Self.run(["-m", "pip", "install", "--quiet", "--target", folder.path, "numpy", "scipy", "pot", "scikit-learn"])
        }
        try self.init(script: "transport_rivals.py", python: "python3", path: folder.path, threads: 1)
    }

    /// - Parameters:
    ///   - python: the interpreter, found by its name or path.
    ///   - path: where its packages are; nil leaves PYTHONPATH as it is.
    init(script name: String, python: String, path: String?, threads: Int) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(name)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, script.path]
        var environment = ProcessInfo.processInfo.environment
        if let path { environment["PYTHONPATH"] = path }
        for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] { environment[name] = "\(threads)" }
        process.environment = environment
        process.standardInput = input
        process.standardOutput = output
        // A rival that died is an error to report, not a signal that ends this program too.
        signal(SIGPIPE, SIG_IGN)
        try process.run()
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Runs one request on the files of `folder`; returns its time and the number to compare.
    func measure(_ request: String, folder: URL) throws -> (milliseconds: Double, value: Double) {
        do { try input.fileHandleForWriting.write(contentsOf: Data("\(folder.path) \(request)\n".utf8)) } catch {
            throw Failure(description: "the rival process ended; its message is above")
        }
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending = Data(pending[pending.index(after: end)...])
                let parts = line.split(separator: " ").compactMap { Double($0) }
                guard parts.count == 2 else { throw Failure(description: "the rival answered: \(line)") }
                return (parts[0], parts[1])
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(description: "the rival process ended; its message is above") }
            pending.append(more)
        }
    }

    private static func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "cannot install the rivals' packages: python3 \(arguments.joined(separator: " "))")
        }
    }
}
