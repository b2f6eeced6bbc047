import Foundation
import Screen

/// How the workbench is started.
public struct WorkbenchOptions: Sendable {
    public var parents: [String] = []
    /// What methods may look at and what results are measured on (data specs), for named parents.
    public var data: String?
    public var evaluation: String?
    public var theme: String?
    public var colour: ColourDepth?
    public var glyphs: GlyphSet?
    public var seed: UInt64 = 0
    public var isMouseOn = true
    /// The extent of a headless screen; 80×24 where none is given.
    public var size: Size?
    /// Keys to press without a terminal, then the screen is printed and the program ends.
    public var script: String?
    /// Prints the screen without a terminal.
    public var dumpScreen = false
    /// Prints the styles and their legend too.
    public var dumpStyles = false
    /// Forgets the last session; this one is kept.
    public var isFresh = false
    /// Prints how long keys took to reach the screen, at the end.
    public var profiles = false
    /// Sentences and numbers in place of a picture.
    public var isLineMode = false
    /// Time stands still, so that saved screens are equal.
    public var fakeClock = false
    /// Crashes on purpose, to see that the terminal survives: "main" or "worker".
    public var crashTest: String?
    public var environment = ProcessInfo.processInfo.environment

    public init() {}

    /// Whether no terminal is needed.
    public var isHeadless: Bool { script != nil || dumpScreen }
}
