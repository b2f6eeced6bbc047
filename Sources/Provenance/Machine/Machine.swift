import Foundation
import Tensors

/// What a network's bits may depend on beside its recipe.
package struct Machine: Sendable, Codable, Equatable {
    package let amalgam: String
    package let libtorch: String
    package let swift: String
    package let system: String
    package let processor: String
    /// Threads inside one operation of libtorch.
    package let threads: Int

    /// This process on this machine. Loads libtorch.
    package static func current() throws -> Machine {
        Machine(
            amalgam: Version.current, libtorch: try Torch.version(), swift: Version.swift,
            system: ProcessInfo.processInfo.operatingSystemVersionString, processor: processor, threads: try Torch.threads())
    }

    package static var host: String { ProcessInfo.processInfo.hostName }

    private static var processor: String {
        let name = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n").first {
            $0.hasPrefix("model name")
        }
        .flatMap { $0.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) } }
        #if arch(x86_64)
        return name ?? "x86_64"
        #elseif arch(arm64)
        return name ?? "arm64"
        #else
        return name ?? "unknown"
        #endif
    }
}
