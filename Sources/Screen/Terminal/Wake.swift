import Foundation

/// A pipe that ends a wait: any thread may pull it, only the screen's thread waits on it.
package final class Wake: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    package init() throws(ScreenError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .terminalFailed(operation: "a pipe", reason: String(cString: strerror(errno))) }
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Ends the current or the next wait. A full pipe has done so already.
    package func pull() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    var descriptorForSignals: Int32 { writeEnd }

    /// Takes what was written, at most a few hundred bytes: more of the same means the same.
    func drain() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(readEnd, &bytes, bytes.count)
        return count > 0 ? Array(bytes.prefix(count)) : []
    }
}
