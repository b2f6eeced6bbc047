/// The six screens, always under the same number.
public enum ScreenID: Int, CaseIterable, Sendable {
    case models = 1, align, neurons, fuse, train, compare

    public var title: String {
        switch self {
        case .models: "Models"
        case .align: "Align"
        case .neurons: "Neurons"
        case .fuse: "Fuse"
        case .train: "Train"
        case .compare: "Compare"
        }
    }

    /// The parts of the screen that can have the keyboard, in the order of Tab.
    var panels: [Panel] {
        switch self {
        case .models: [.sets, .groups]
        case .align: [.map, .matches]
        case .fuse: [.form, .groups, .trials]
        case .neurons: [.strips]
        case .train: [.chart, .settings]
        case .compare: [.runs, .detail]
        }
    }

    /// The parts that only show something; a small screen gives them their turn.
    var quietPanels: [Panel] {
        switch self {
        case .models: [.parents, .story]
        case .align: [.readout, .numbers]
        case .fuse: [.numbers, .preview, .results]
        case .neurons: [.neuron]
        case .train: [.progress]
        case .compare: [.curves]
        }
    }
}

/// A part of a screen.
public enum Panel: String, Hashable, Sendable, CaseIterable {
    case sets, parents, groups, story
    case map, readout, numbers, matches
    case form, preview, results, trials, log, empty
    case strips, neuron
    case chart, settings, progress
    case runs, detail, curves

    var title: String {
        switch self {
        case .sets: "Sample sets"
        case .parents: "Parents"
        case .groups: "Layers"
        case .story: "Story"
        case .map: "Plan"
        case .readout: "Cell"
        case .numbers: "Numbers"
        case .matches: "Matches"
        case .form: "Recipe"
        case .preview: "Preview"
        case .results: "Results"
        case .trials: "Automatic choice"
        case .log: "Log"
        case .empty: ""
        case .strips: "Neurons"
        case .neuron: "Neuron"
        case .chart: "Curves"
        case .settings: "Fine-tuning"
        case .progress: "Run"
        case .runs: "Runs"
        case .detail: "Difference"
        case .curves: "Curves"
        }
    }
}
