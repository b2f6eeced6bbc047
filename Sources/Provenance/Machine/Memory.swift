import Foundation

/// How much memory this process takes.
package enum Memory {
    /// Resident memory at its highest so far, in bytes; 0 where the system does not report it.
    package static var peak: Int { field("VmHWM:") }
    /// Resident memory now, in bytes.
    package static var resident: Int { field("VmRSS:") }

    private static func field(_ name: String) -> Int {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let kilobytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
        else { return 0 }
        return kilobytes * 1024
    }
}
