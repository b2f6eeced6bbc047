import Screen

/// What a key does.
enum Action: Hashable, Sendable {
    case show(ScreenID), nextPanel, previousPanel
    case up, down, left, right, pageUp, pageDown, first, last
    case blockUp, blockDown, blockLeft, blockRight, rowStart, rowEnd
    /// What Enter and Esc do where the focus is.
    case enter, back
    // Jobs
    case fuse, measureBarrier, fineTune, pauseTraining, discardTraining, stopJob
    // The recipe
    case editOneLayer, pin, forbid, listEdits, removeEdit, chooseAutomatic, undo, redo, resetValue, saveRecipe, saveNetwork, loadRun
    // Models, layers and parents
    case openFiles, nextLayer, previousLayer, nextBlock, previousBlock, sortLayers, findLayer, nextParent
    // The plan
    case orderMap, scaleMap, poolMap, lockScale, zoomIn, zoomOut, nextUnmatched, previousUnmatched, describe
    case nextMapView, previousMapView, selectRectangle, lowerThreshold, raiseThreshold, printValues
    // Neurons
    case nextNetwork, orderStrips, nextImportance, previousImportance, nextClass, previousClass, nextDead, previousDead, nextNeuronView
    // Trials, curves and runs
    case nextTrialView, showNotes, nextMetric, previousMetric, scaleCurves, smoothCurves, freezeCurves, latestSteps, allSteps
    case sortRuns, reverseRuns, markRun, nextRunView, useRecipe, resumeRun, deleteRun, filterRuns, tagRun
    // Everywhere
    case goTo, jumpBack, jumpForward, toggleMouse, nextColours, nextGlyphs, help, palette, log, themes, tour, maximise, reload
    case copyMenu, copyCommand, export, saveScreen, interrupt, suspend, redraw, quit
    // Overlays
    case showInfo, findField, completeCommand, nextLogLevel, openMarked, answerYes, answerNo, cancelAndQuit, keepAndQuit, leaveAndQuit
}

/// Where a key has an action.
enum Context: Hashable, Sendable, CaseIterable {
    case models, align, neurons, fuse, train, compare
    /// A text field has the focus.
    case text
    case help, palette, log, themes, quit, browser, prompt, confirm, copy, edits, layers, fields, info

    static let screens: [Context] = ScreenID.allCases.map(Context.init)

    init(_ screen: ScreenID) {
        switch screen {
        case .models: self = .models
        case .align: self = .align
        case .neurons: self = .neurons
        case .fuse: self = .fuse
        case .train: self = .train
        case .compare: self = .compare
        }
    }

    var screen: ScreenID? { ScreenID.allCases.first { Context($0) == self } }
}

/// One line of the table from which dispatch, hint row, help, palette and `--print-keys` are made.
struct Binding: Sendable, Identifiable {
    var id: String
    var keys: [KeyPress]
    var contexts: [Context]
    var title: String
    var help: String
    var action: Action
    /// Hint rows show the higher first; 0 is never shown there.
    var weight: Int
    /// What the hint row shows where this stands for a pair of keys, `↑↓ move`.
    var hint: (keys: String, title: String)?
}

extension Model {
    /// Whether a value of a form is being typed.
    var isTyping: Bool { (screen == .fuse && fuse.form.editing != nil) || (screen == .train && train.form.editing != nil) }

    var context: Context {
        switch overlay {
        case .help: .help
        case .palette: .palette
        case .log: .log
        case .themes: .themes
        case .quit: .quit
        case .browser: .browser
        case .prompt: .prompt
        case .confirm: .confirm
        case .copy: .copy
        case .edits: .edits
        case .layers: .layers
        case .fields: .fields
        case .info: .info
        case nil: isTyping ? .text : Context(screen)
        }
    }
}
