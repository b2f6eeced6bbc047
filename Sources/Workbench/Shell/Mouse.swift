import Screen

/// What a click means.
enum MouseTarget: ClickTarget {
    case action(Action)
    case screen(ScreenID)
    /// Rows of lists, by index.
    case sampleSet(Int), layer(Int), field(Int), match(Int), neuron(Int), setting(Int), run(Int), trial(Int)
    /// A row of the list in an overlay.
    case line(Int)
    /// The strip of a network's neurons.
    case strip(Int)
    /// A run in the scatter chart.
    case point(Int)
    /// The small map of a layer.
    case miniature(Int)
    case map, chart, notes

    /// The panel that a click gives the focus.
    fileprivate var panel: Panel? {
        switch self {
        case .sampleSet: .sets
        case .layer: .layers
        case .field: .form
        case .match: .matches
        case .setting: .settings
        case .run: .runs
        case .trial: .trials
        case .map: .map
        case .neuron, .strip: .strips
        case .chart: .chart
        case .notes: .notes
        case .action, .screen, .line, .point, .miniature: nil
        }
    }
}

extension Model {
    /// Every click has a key that does the same.
    mutating func mouse(_ event: MouseEvent, over target: MouseTarget?, now: Double) -> [Effect] {
        guard layout.mode != .tooSmall else { return [] }
        switch event.action {
        case .press: return target.map { click($0, at: event.position, now: now) } ?? []
        case .drag: return target == .map ? dragOnMap(to: event.position) : []
        case .release: return []
        case .wheelUp, .wheelDown: return wheel(isUp: event.action == .wheelUp, over: target, now: now)
        }
    }

    private mutating func click(_ target: MouseTarget, at position: Position, now: Double) -> [Effect] {
        if let panel = target.panel, !isTyping { focus[screen] = panel }
        switch target {
        case .action(let action): return perform(action, now: now)
        case .screen(let screen): return perform(.show(screen), now: now)
        case .line(let index): return chooseLine(index, now: now)
        case .sampleSet(let index): return clickSet(index)
        case .layer(let index): return index == selectedGroup ? [] : selectGroup(index)
        case .field(let index): return clickField(index, now: now)
        case .trial(let index): return clickTrial(index)
        case .match(let index):
            align.selectedMatch = index
            return performOnMatches(.enter)
        case .map: return clickMap(at: position)
        case .miniature(let index):
            align.view = .plan
            return selectGroup(index)
        case .strip(let owner): return clickStrip(of: owner, at: position)
        case .neuron(let index): return clickNeuron(index)
        case .setting(let index): return clickSetting(index, now: now)
        case .chart: return clickChart(at: position)
        case .notes: return []
        case .run(let index): return clickRun(index, now: now)
        case .point(let index): return clickPoint(index)
        }
    }

    private mutating func wheel(isUp: Bool, over target: MouseTarget?, now: Double) -> [Effect] {
        if overlay != nil { return perform(isUp ? .up : .down, now: now) }
        guard !isTyping, let panel = target?.panel else { return [] }
        focus[screen] = panel
        switch target {
        case .map: return performOnMap(isUp ? .zoomIn : .zoomOut)
        case .chart: return performOnTrain(isUp ? .latestSteps : .allSteps, now: now)
        default: return perform(isUp ? .up : .down, now: now)
        }
    }
}
