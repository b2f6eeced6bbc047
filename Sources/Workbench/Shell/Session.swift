import Foundation
import Fusion
import Provenance
import Screen
import Training

/// What is kept from one session to the next.
struct Session: Codable, Equatable, Sendable {
    static let current = 1

    var version = Session.current
    var screen: Int
    /// As TOML, with its parents; empty where nothing was open.
    var recipe: String
    var group: String?
    var row: Int?
    var column: Int?
    var parent: Int
    var order: String
    var scale: String
    var pooling: String
    var score: String
    var neuronOrder: String
    var runOrder: String
    /// Settings of fine-tuning that differ from the defaults, as text.
    var tuning: [String: String]
    var theme: String
    var glyphs: String
    var colours: String?
    /// The step of the tour, nil when it is over.
    var tour: Int?
    /// Parents that were opened by hand, latest first; absent in sessions of earlier versions.
    var recentParents: [[String]]?

    init(_ model: Model) {
        screen = model.screen.rawValue
        recipe = model.recipe.parents.isEmpty ? "" : model.recipe.toml()
        group = model.group?.name
        row = model.cursorEntry?.row
        column = model.cursorEntry?.column
        parent = model.align.parent
        order = model.align.order.rawValue
        scale = model.align.scale.rawValue
        pooling = model.align.pooling.rawValue
        score = model.neurons.score.rawValue
        neuronOrder = model.neurons.order.rawValue
        runOrder = model.compare.order.rawValue
        tuning = Dictionary(model.train.settings.differences.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        // While themes are being tried, the one that Esc returns to counts.
        theme = if case .themes(_, let original) = model.overlay { original } else { model.theme }
        glyphs = model.appearance.glyphs.rawValue
        colours = model.colourMap?.rawValue
        tour = model.tour
        recentParents = model.recentParents.isEmpty ? nil : model.recentParents
    }

    /// The neuron and the layer to return to, once they are there.
    struct Place: Equatable, Sendable {
        var group: String
        var row: Int?
        var column: Int?
        var parent: Int
    }

    /// Puts a new model where the last one was left. Unknown words keep the defaults.
    ///
    /// - Parameter opensRecipe: false where parents were named otherwise.
    func restore(into model: inout Model, opensRecipe: Bool) throws {
        if opensRecipe, !recipe.isEmpty { model.restored = try Recipe(toml: recipe, path: "the last session") }
        model.screen = ScreenID(rawValue: screen) ?? .models
        if opensRecipe, let group { model.returning = Place(group: group, row: row, column: column, parent: parent) }
        model.align.order = MapOrder(rawValue: order) ?? .matched
        model.align.scale = MapScale(rawValue: scale) ?? .linear
        model.align.pooling = CellPooling(rawValue: pooling) ?? .sum
        model.neurons.score = Importance.Kind(rawValue: score) ?? .l2
        model.neurons.order = NeuronsState.Order(rawValue: neuronOrder) ?? .rank
        model.compare.order = CompareState.Order(rawValue: runOrder) ?? .newest
        var settings = model.train.settings
        for (key, text) in tuning { try? settings.set(key, text: text) }
        model.train.history.restart(settings)
        model.colourMap = colours.flatMap(ColourMap.init)
        model.tour = tour
        model.recentParents = recentParents ?? []
    }
}

/// The file of the last session.
struct SessionFile: Sendable {
    let path: String

    init(_ path: String) { self.path = path }

    /// The last session, or a message where its file could not be read; the file is moved aside, never deleted.
    func load() -> (session: Session?, notice: String?) {
        guard let data = FileManager.default.contents(atPath: path) else { return (nil, nil) }
        do {
            let session = try JSONDecoder().decode(Session.self, from: data)
            guard session.version == Session.current else { return (nil, setAside("it was written by another version")) }
            return (session, nil)
        } catch {
            return (nil, setAside("it is damaged"))
        }
    }

    private func setAside(_ reason: String) -> String {
        let backup = path + ".bak"
        do {
            if FileManager.default.fileExists(atPath: backup) { try FileManager.default.removeItem(atPath: backup) }
            try FileManager.default.moveItem(atPath: path, toPath: backup)
            return "Last session not restored: \(reason); its file was moved to \(backup)"
        } catch {
            return "Last session not restored: \(reason): \(path)"
        }
    }

    /// Writes beside the file and renames; the reason where that fails.
    func save(_ session: Session) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try TextFile.write(String(decoding: encoder.encode(session), as: UTF8.self), to: path)
            return nil
        } catch {
            return "The session was not saved: \(error is CocoaError ? error.localizedDescription : "\(error)")"
        }
    }
}
