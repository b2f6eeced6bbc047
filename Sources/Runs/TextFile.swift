import Archives

/// Text written beside its place and renamed: whole or not at all.
public enum TextFile {
    public static func write(_ text: String, to path: String) throws(RunError) {
        try runs {
            let file = try AtomicFile(path)
            try file.write(Array(text.utf8))
            try file.commit()
        }
    }
}
