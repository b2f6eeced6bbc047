import Foundation
import Screen
import TOMLFiles

/// The user's own keys: `fuse.start = ["F", "f5"]`, one line for each command; `--print-keys` lists the names.
struct KeyFile: Sendable {
    let keymap: Keymap
    /// What was not understood or has a new name, each with file and line.
    let warnings: [String]

    /// `$XDG_CONFIG_HOME/amalgam/keys.toml`, else the same under `~/.config`.
    static func path(_ environment: [String: String]) -> String? {
        if let folder = environment["XDG_CONFIG_HOME"], !folder.isEmpty { return folder + "/amalgam/keys.toml" }
        return environment["HOME"].map { $0 + "/.config/amalgam/keys.toml" }
    }

    private init(warnings: [String] = []) {
        keymap = .standard
        self.warnings = warnings
    }

    /// The keys in a file; the table of keys where there is none.
    init(path: String?) {
        guard let path, FileManager.default.fileExists(atPath: path) else {
            self.init()
            return
        }
        do {
            self.init(try String(contentsOfFile: path, encoding: .utf8), file: path)
        } catch {
            self.init(warnings: ["\(path) cannot be read: \(error.localizedDescription)"])
        }
    }

    init(_ source: String, file: String) {
        var found: [String: [KeyPress]] = [:], lines: [String: Int] = [:], warnings: [String] = []
        do {
            for (name, value) in Self.flat(try TOMLTable(checking: source), path: []) {
                // A file of thousands of wrong lines is no file of keys.
                guard warnings.count < Self.mostWarnings else {
                    warnings.append("\(file): there are more errors; the first \(Self.mostWarnings) are shown")
                    break
                }
                let line = Self.line(of: name, in: source), id = Bindings.aliases[name] ?? name
                if id != name { warnings.append("\(file):\(line): “\(name)” is now called “\(id)”; both work") }
                guard Bindings.binding(id) != nil else {
                    warnings.append("\(file):\(line): unknown command “\(id)”; amalgam --print-keys lists all commands")
                    continue
                }
                do {
                    found[id] = try Self.names(value, id: id).map { try KeyPress(name: $0) }
                    lines[id] = line
                } catch {
                    warnings.append("\(file):\(line): \(error)")
                }
            }
        } catch let error as TOMLFault {
            warnings.append("\(file):\(error.line ?? 1): not TOML: \(error.reason)")
        } catch {
            warnings.append("\(file):1: not TOML: \(error)")
        }
        let keymap = Keymap(found)
        for conflict in keymap.conflicts {
            func place(_ id: String) -> String { lines[id].map { "\(id) (line \($0))" } ?? "\(id) (by default)" }
            let line = lines[conflict.first] ?? lines[conflict.second] ?? 1
            warnings.append(
                "\(file):\(line): \(conflict.press.name) means both \(place(conflict.first)) and \(place(conflict.second)) on \(conflict.context); your own key takes precedence"
            )
        }
        self.keymap = keymap
        self.warnings = warnings
    }

    private static let mostWarnings = 50

    private struct Wrong: Error, CustomStringConvertible { var description: String }

    private static func names(_ value: any TOMLValueConvertible, id: String) throws -> [String] {
        if let name = value.string { return [name] }
        guard let list = value.array, !list.isEmpty else {
            throw Wrong(description: "\(id) needs a key or a list of keys, such as [\"F\", \"f5\"]")
        }
        return try list.map { entry in
            guard let name = entry.string else { throw Wrong(description: "\(id) needs names of keys in quotes") }
            return name
        }
    }

    private static func flat(_ table: TOMLTable, path: [String]) -> [(String, any TOMLValueConvertible)] {
        table.keys.flatMap { key -> [(String, any TOMLValueConvertible)] in
            guard let value = table[key] else { return [] }
            if let inner = value.table { return flat(inner, path: path + [key]) }
            return [((path + [key]).joined(separator: "."), value)]
        }
    }

    /// The line that assigns a command, written out or under its section: TOML readers keep no positions.
    private static func line(of id: String, in source: String) -> Int {
        var section = ""
        for (number, text) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let plain = text.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
            if plain.hasPrefix("[") { section = String(plain.dropFirst().prefix { $0 != "]" }) + "." }
            guard let equals = plain.firstIndex(of: "=") else { continue }
            if plain[..<equals] == id || section + plain[..<equals] == id { return number + 1 }
        }
        return 1
    }
}
