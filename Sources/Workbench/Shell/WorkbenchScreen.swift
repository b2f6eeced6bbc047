import Screen

/// A screen: where its panels stand, what its keys do, how it is drawn, read out and exported. Its state is a value in `Model`.
protocol WorkbenchScreen: Sendable {
    var title: String { get }
    /// Panels that can have the focus, in the order of Tab.
    var panels: [Panel] { get }
    /// Panels that only show something; a small screen, which shows one panel at a time, reaches them by Tab, too.
    var quietPanels: [Panel] { get }
    func place(_ area: Rectangle, _ mode: Layout.Mode) -> [Panel: Rectangle]
    func draw(_ panel: Panel, of model: Model, in area: Rectangle, onto cells: inout Cells)
    func perform(_ action: Action, on model: inout Model, now: Double) -> [Effect]
    /// Starts what the screen needs when it is shown.
    func load(_ model: inout Model) -> [Effect]
    /// The next useful key, in one sentence.
    func guidance(_ model: Model) -> String
    /// What the line mode offers by number.
    func choices(_ model: Model) -> [LineItem]
    /// What the line mode reads out, without the choices.
    func reading(_ model: Model) -> [String]
    /// The name suggested for an exported file, and what goes into it; nil where there is nothing.
    func exportName(_ model: Model) -> String
    func export(_ format: ExportFormat, _ model: Model) -> String?
    /// Whether two places on this screen are one to go back to.
    func isSame(_ a: Place, _ b: Place) -> Bool
    /// Where on the screen a place is, in words.
    func describe(_ place: Place) -> [String]
}

extension WorkbenchScreen {
    func load(_ model: inout Model) -> [Effect] { [] }
    func exportName(_ model: Model) -> String { model.planFileName }
    func export(_ format: ExportFormat, _ model: Model) -> String? { model.exportedPlan(format) }
    func isSame(_ a: Place, _ b: Place) -> Bool { true }
    func describe(_ place: Place) -> [String] { [] }
}

/// The six screens, each under its number key.
enum ScreenID: Int, CaseIterable, Sendable {
    case models = 1, align, neurons, fuse, train, compare

    var room: any WorkbenchScreen {
        switch self {
        case .models: ModelsScreen()
        case .align: AlignScreen()
        case .neurons: NeuronsScreen()
        case .fuse: FuseScreen()
        case .train: TrainScreen()
        case .compare: CompareScreen()
        }
    }

    var title: String { room.title }
}

/// A part of a screen.
enum Panel: String, Hashable, Sendable, CaseIterable {
    case sets, parents, layers, story
    case map, readout, numbers, matches
    case form, preview, results, notes, trials, log, empty
    case strips, neuron
    case chart, settings, progress
    case runs, detail, curves

    var title: String {
        switch self {
        case .sets: "Sample sets"
        case .story: "Description"
        case .map: "Plan"
        case .readout: "Pair"
        case .numbers: "Statistics"
        case .form: "Recipe"
        case .trials: "Automatic choice"
        case .empty: ""
        case .strips: "Neurons"
        case .chart, .curves: "Curves"
        case .settings: "Fine-tuning"
        case .progress: "Run"
        case .detail: "Details"
        case .parents, .layers, .matches, .preview, .results, .notes, .log, .neuron, .runs:
            rawValue.prefix(1).uppercased() + rawValue.dropFirst()
        }
    }
}
