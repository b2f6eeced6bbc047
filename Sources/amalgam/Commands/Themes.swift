import Formatting
import ArgumentParser
import Foundation
import Screen

struct Themes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists and checks colour themes.", subcommands: [List.self, Check.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the themes.")

        func run() throws {
            let library = ThemeLibrary(folders: ThemeLibrary.standardFolders())
            for id in library.ids {
                let name = library.loadOrDefault(id).theme.name
                Console.print(name == id ? id : "\(id): \(name)")
            }
            for warning in library.warnings { Console.note("\(warning)") }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints text and border contrasts, and the distances between the parents' colours for each type of colour vision.")

        @Argument(help: "A theme's name, or a file.")
        var theme: String

        func run() throws {
            do {
                let library = ThemeLibrary(
                    folders: [theme.folderOfPath].filter { !$0.isEmpty } + ThemeLibrary.standardFolders())
                let id = ((theme as NSString).lastPathComponent as NSString).deletingPathExtension
                let (loaded, warnings) = try library.load(id)
                for warning in warnings { Console.note("\(warning)") }
                let check = ThemeCheck(loaded)
                Console.lines(
                    check.contrasts.map {
                        "\($0.passes ? "✓" : "✗") \($0.role.rawValue): contrast "
                            + String(format: "%.1f, at least %.1f", $0.ratio, $0.least)
                    })
                Console.lines(
                    check.distances.map {
                        "  \($0.roles.0.rawValue) and \($0.roles.1.rawValue), \($0.vision): ΔE " + String(format: "%.0f", $0.difference)
                    })
                if !check.passes { throw ExitStatus.failed }
            } catch let error as ScreenError {
                Console.note("amalgam: \(error)")
                throw ExitStatus.failed
            }
        }
    }
}
