extension String {
    /// The folder that a path names a thing in: "" for a name alone, "/" for one at the root. Foundation's own traps on names of one character.
    package var folderOfPath: String {
        var path = self[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return "" }
        var folder = path[..<slash]
        while folder.count > 1, folder.last == "/" { folder.removeLast() }
        return folder.isEmpty ? "/" : String(folder)
    }
}
