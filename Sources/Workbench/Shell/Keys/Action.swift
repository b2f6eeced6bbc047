import Screen

/// What a person can tell the workbench to do.
enum Action: Hashable, Sendable {
    case show(ScreenID), nextPanel, previousPanel
    case up, down, left, right, pageUp, pageDown, first, last
    case blockUp, blockDown, blockLeft, blockRight, rowStart, rowEnd
    case open, back
    case fuse, barrier, ownGroup, pin, forbid, edits, removeEdit, automatic, tune, pause, discard, smooth, freeze, reverse, useRecipe,
        delete, cancel, undo, redo, resetField, browse, saveRecipe
    case nextGroup, previousGroup, nextParent
    case order, scale, pooling, lockScale, zoomIn, zoomOut, nextOrphan, previousOrphan, announce
    case nextLook, previousLook, selectRectangle, goTo, lowerThreshold, raiseThreshold, printNumbers, nextColours
    case jumpBack, jumpForward, mouse
    case nextScore, previousScore, nextMetric, previousMetric
    case glyphs, help, palette, log, themes, tour, maximise, reload
    case copyMenu, copyCommand, export, dump, interrupt, suspend, redraw, quit
    case answerCancelAndQuit, answerStay, answerYes
}

/// Where a key means something.
enum Context: Hashable, Sendable, CaseIterable {
    case models, align, neurons, fuse, train, compare
    /// A text field has the keyboard.
    case text
    case help, palette, log, themes, quit, browser, prompt, confirm, copy, edits

    static let screens: [Context] = [.models, .align, .neurons, .fuse, .train, .compare]

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
    /// What the hint row says where it stands for a pair of keys, `↑↓ move`.
    var hint: (keys: String, title: String)?
}

extension Model {
    /// Whether a value of a form is being typed.
    var isTyping: Bool { (screen == .fuse && fuse.editing != nil) || (screen == .train && train.form.editing != nil) }

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
        case nil: isTyping ? .text : Context(screen)
        }
    }
}
