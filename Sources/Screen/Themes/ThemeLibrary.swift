import Foundation

/// The themes found in a folder of TOML files, with the built-in one beneath them.
package struct ThemeLibrary: Sendable {
    private let sources: [String: (file: String, text: String)]
    package let warnings: [ThemeWarning]

    /// Reads the names in the first of the folders that exists; with none, the built-in theme is all there is.
    package init(folders: [String]) {
        var found: [String: (file: String, text: String)] = [BuiltInTheme.id: ("built-in", BuiltInTheme.source)]
        var remarks: [ThemeWarning] = []
        for folder in folders {
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { continue }
            for name in names.sorted() where name.hasSuffix(".toml") {
                let path = folder + "/" + name
                do {
                    found[String(name.dropLast(5))] = (path, try String(contentsOfFile: path, encoding: .utf8))
                } catch {
                    remarks.append(ThemeWarning(file: path, line: 1, message: "cannot be read: \(error.localizedDescription)"))
                }
            }
            break
        }
        sources = found
        warnings = remarks
    }

    /// Where themes are looked for: `$AMALGAM_HOME`, beside the checkout, beside the binary.
    package static func standardFolders(environment: [String: String] = ProcessInfo.processInfo.environment) -> [String] {
        var folders: [String] = []
        if let home = environment["AMALGAM_HOME"], !home.isEmpty { folders.append(home + "/themes") }
        var folder = URL(fileURLWithPath: CommandLine.arguments.first ?? ".").resolvingSymlinksInPath().deletingLastPathComponent()
        if let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            folder = URL(fileURLWithPath: executable).deletingLastPathComponent()
        }
        for _ in 0..<5 where folder.path != "/" {
            folders.append(folder.appendingPathComponent("themes").path)
            folder = folder.deletingLastPathComponent()
        }
        folders.append(FileManager.default.currentDirectoryPath + "/themes")
        return folders
    }

    /// The built-in theme first, then the others by name.
    package var ids: [String] { [BuiltInTheme.id] + sources.keys.filter { $0 != BuiltInTheme.id }.sorted() }

    /// A theme with everything it inherits, and what of it was not understood.
    package func load(_ id: String) throws(ScreenError) -> (theme: Theme, warnings: [ThemeWarning]) { try load(id, seen: []) }

    private func load(_ id: String, seen: [String]) throws(ScreenError) -> (theme: Theme, warnings: [ThemeWarning]) {
        if seen.contains(id) { throw .themeCycle(ids: seen + [id]) }
        guard let source = sources[id] else { throw .themeUnknown(id: id, known: ids) }
        var file = try ThemeFile(file: source.file, source: source.text)
        var base = (theme: Theme(id: id, name: id), warnings: [ThemeWarning]())
        if let parent = file.inherits { base = try load(parent, seen: seen + [id]) }
        let theme = file.apply(to: base.theme, id: id)
        return (theme, base.warnings + file.warnings)
    }

    /// The wanted theme, or the built-in one with the reason why not.
    package func loadOrDefault(_ id: String?) -> (theme: Theme, warnings: [String]) {
        do {
            let loaded = try load(id ?? BuiltInTheme.id)
            return (loaded.theme, (warnings + loaded.warnings).map(\.description))
        } catch {
            return (BuiltInTheme.theme, [error.description + "; the built-in theme is used"])
        }
    }
}

/// The theme used where no file is found: the text of `themes/ember.toml`.
package enum BuiltInTheme {
    package static let id = "ember"

    package static let theme: Theme = {
        guard var file = try? ThemeFile(file: "built-in", source: source) else { return Theme(id: id, name: id) }
        return file.apply(to: Theme(id: id, name: id), id: id)
    }()

    package static let source = """
        # Ember: warm signs on a dark ground. The default, and what other themes inherit from.
        name = "ember"

        [palette]
        ground = "#14161b"
        raised = "#232833"
        paper  = "#d7dae0"
        ash    = "#8b93a3"
        line   = "#5a6272"
        sky    = "#56b4e9"
        amber  = "#e69f00"
        cream  = "#f5f0e6"
        teal   = "#5fd7c8"
        straw  = "#f2d24c"
        coral  = "#ff6b5e"
        orchid = "#cc99dd"
        moss   = "#a8c66c"

        [roles]
        text           = { fg = "paper", bg = "ground", ansi256 = 253, bg256 = 233, ansi16 = "default", bg16 = "default" }
        dim            = { fg = "ash", ansi256 = 245, ansi16 = "default" }
        title          = { fg = "cream", attrs = ["bold"], ansi256 = 255, ansi16 = "default" }
        border         = { fg = "line", ansi256 = 240, ansi16 = "bright-black" }
        "border.focus" = { fg = "amber", ansi256 = 214, ansi16 = "yellow" }
        "tab.active"   = { fg = "ground", bg = "amber", attrs = ["bold"], ansi256 = 233, bg256 = 214, ansi16 = "black", bg16 = "yellow" }
        select         = { fg = "cream", bg = "#39445a", attrs = ["bold"], ansi256 = 255, bg256 = 238, ansi16 = "bright-white", bg16 = "blue" }
        cursor         = { fg = "ground", bg = "cream", ansi256 = 233, bg256 = 255, ansi16 = "black", bg16 = "white" }
        hotkey         = { fg = "amber", attrs = ["bold"], ansi256 = 214, ansi16 = "yellow" }
        hint           = { fg = "ash", ansi256 = 245, ansi16 = "default" }
        ok             = { fg = "teal", ansi256 = 80, ansi16 = "cyan" }
        warn           = { fg = "straw", ansi256 = 221, ansi16 = "bright-yellow" }
        error          = { fg = "coral", attrs = ["bold"], ansi256 = 203, ansi16 = "bright-red" }
        info           = { fg = "paper", ansi256 = 253, ansi16 = "default" }
        parent.a       = { fg = "sky", ansi256 = 75, ansi16 = "bright-cyan" }
        parent.b       = { fg = "amber", ansi256 = 214, ansi16 = "yellow" }
        parent.c       = { fg = "orchid", ansi256 = 176, ansi16 = "bright-magenta" }
        parent.d       = { fg = "moss", ansi256 = 149, ansi16 = "green" }
        fused          = { fg = "cream", attrs = ["bold"], ansi256 = 255, ansi16 = "bright-white" }
        input          = { fg = "cream", bg = "raised", ansi256 = 255, bg256 = 236, ansi16 = "bright-white" }
        placeholder    = { fg = "ash", bg = "raised", ansi256 = 245, bg256 = 236, ansi16 = "default" }
        bar.fill       = { fg = "sky", ansi256 = 75, ansi16 = "bright-cyan" }
        bar.empty      = { fg = "line", ansi256 = 240, ansi16 = "bright-black" }
        chart.train    = { fg = "sky", ansi256 = 75, ansi16 = "bright-cyan" }
        chart.val      = { fg = "amber", ansi256 = 214, ansi16 = "yellow" }
        chart.3        = { fg = "orchid", ansi256 = 176, ansi16 = "bright-magenta" }
        chart.4        = { fg = "moss", ansi256 = 149, ansi16 = "green" }
        chart.grid     = { fg = "line", ansi256 = 240, ansi16 = "bright-black" }
        chart.best     = { fg = "teal", ansi256 = 80, ansi16 = "cyan" }
        map.nan        = { fg = "coral", attrs = ["bold"], ansi256 = 203, ansi16 = "bright-red" }
        scrollbar      = { fg = "ash", ansi256 = 245, ansi16 = "default" }

        [maps]
        sequential = "cividis"
        diverging  = ["sky", "#303030", "amber"]

        [glyphs]
        border = "rounded"
        ok     = "✓"
        warn   = "!"
        error  = "✗"

        """
}
