import Archives
import Foundation

/// The size of a file in bytes.
func fileSize(_ path: String) throws(ArchiveError) -> Int {
    do {
        return try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    } catch {
        throw .cannotOpen(file: path, reason: "\(error.localizedDescription)")
    }
}
