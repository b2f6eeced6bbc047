import Archives

/// Text written beside its place and renamed: whole or not at all.
package enum TextFile {
    /// - Parameter remark: comment syntax of the mark that identifies files written by Amalgam (``WrittenMark``); nil writes none.
    package static func write(_ text: String, to path: String, signed remark: WrittenMark.Remark? = nil) throws {
        let file = try AtomicFile(path)
        try file.write(Array((remark.map { WrittenMark.signed(text, $0) } ?? text).utf8))
        try file.commit()
    }
}
