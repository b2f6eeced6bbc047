import Foundation
import Fusion
import Screen
import Testing

@testable import Workbench

/// A person at the keyboard: presses keys, lets jobs end, looks at the screen.
func bench(
    _ size: Size = Size(columns: 80, rows: 24), engine: FakeEngine = FakeEngine(), parents: [String] = [], colour: ColourDepth = .indexed,
    theme: String? = nil
) throws -> Headless {
    var options = WorkbenchOptions()
    options.size = size
    options.parents = parents
    options.colour = colour
    options.theme = theme
    options.environment = [:]
    return try Headless(options, engine: engine, library: ThemeLibrary(folders: [themesFolder]))
}

let themesFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../themes").standardized.path

extension Headless {
    var text: String { cells.text }
    func row(_ index: Int) -> String { cells.text(row: index) }
    var statusLine: String { model.status.text }
}

/// What an engine of a test does that is about something else.
extension Engine {
    func save(_ source: NetworkSource, to path: String, overwrites: Bool) throws -> SavedNetwork? {
        try FakeEngine().save(source, to: path, overwrites: overwrites)
    }
    func resume(_ run: String, _ request: TuningRequest, control: JobControl) throws -> TuningResult { try tune(request, control: control) }
    func tag(run: String, _ title: String?) throws {}
    func forecast(_ recipe: Recipe, control: JobControl) throws -> ForecastSnapshot? { nil }
    func classes(of run: String, control: JobControl) throws -> ClassFigures { try FakeEngine().classes(of: run, control: control) }
    func load(run: String, control: JobControl) throws -> LoadedRun { try FakeEngine().load(run: run, control: control) }
}
