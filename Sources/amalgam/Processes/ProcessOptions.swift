import ArgumentParser
import Foundation

/// `--processes N` and `--timeout SECONDS`, which stand before or behind any other option and are the program's own: the commands do not see them.
struct ProcessOptions {
    /// Nil where none was asked for.
    var processes: Int?
    /// How long a process waits for the others, in seconds; nil for the default.
    var timeout: Double?
    /// The command with its own options.
    let arguments: [String]

    static let timeoutVariable = "AMALGAM_TIMEOUT"
    static let defaultTimeout = 600.0
    private static let most = 1024, longest = 1_000_000.0

    /// Commands whose work is divided.
    static let commands: Set<String> = ["fuse", "finetune", "train"]

    init(_ given: [String]) throws {
        var rest: [String] = [], index = 0
        while index < given.count {
            let word = given[index], sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            index += 1
            guard let name = sides.first, ["--processes", "--timeout"].contains(name) else {
                rest.append(word)
                continue
            }
            guard let value = sides.count == 2 ? sides[1] : given.indices.contains(index) ? given[index] : nil else {
                throw ValidationError("\(name) needs a number")
            }
            if sides.count == 1 { index += 1 }
            if name == "--processes" {
                guard let count = Int(value), (1...Self.most).contains(count) else {
                    throw ValidationError("--processes \(value) should be a number from 1 to \(Self.most)")
                }
                processes = count
            } else {
                timeout = try Self.seconds(value, of: name)
            }
        }
        arguments = rest
        if let processes, processes > 1, !Self.commands.contains(rest.first ?? "") {
            throw ValidationError(
                "--processes divides the work of \(Self.commands.sorted().joined(separator: ", ")): amalgam --processes \(processes) fuse …"
            )
        }
    }

    private static func seconds(_ text: String, of name: String) throws -> Double {
        guard let seconds = Double(text), seconds > 0, seconds <= longest else {
            throw ValidationError("\(name) \(text) should be a number of seconds, above 0")
        }
        return seconds
    }

    /// The time-out of this process: its own, that of the process that started it, or the default.
    func seconds() throws -> Double {
        if let timeout { return timeout }
        guard let text = ProcessInfo.processInfo.environment[Self.timeoutVariable], !text.isEmpty else { return Self.defaultTimeout }
        return try Self.seconds(text, of: Self.timeoutVariable)
    }
}
