import Foundation
import Provenance

/// Processor time and memory of one piece of work in this process.
struct Usage {
    /// Seconds of processor time of all threads.
    let seconds: Double
    /// Bytes of resident memory beyond those at the start, at the highest.
    let added: Int

    /// - Returns: the work's result, and what it took.
    static func of<Result>(_ work: () throws -> Result) throws -> (Result, Usage) {
        // Lets the kernel count the highest resident memory anew.
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let before = Memory.resident, start = processorTime
        let result = try work()
        return (result, Usage(seconds: processorTime - start, added: max(0, Memory.peak - before)))
    }

    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
