import Foundation
import Fusion
import Screen

/// How the workbench is started.
package struct WorkbenchOptions: Sendable {
    package var parents: [String] = []
    /// A sample set's recipe to begin with, in place of one for `parents` alone.
    package var recipe: Recipe?
    /// The unlabelled data of the methods, and the evaluation data, as specs.
    package var data: String?
    package var evaluation: String?
    package var theme: String?
    package var colour: ColourDepth?
    package var glyphs: GlyphSet?
    package var seed: UInt64 = 0
    package var isMouseOn = true
    /// The extent of a headless screen; 80×24 where none is given.
    package var size: Size?
    /// Keys to press without a terminal, then the screen is printed and the program ends.
    package var script: String?
    /// Prints the screen without a terminal.
    package var dumpScreen = false
    /// Prints the styles and their legend too.
    package var dumpStyles = false
    /// Forgets the last session; this one is kept.
    package var isFresh = false
    /// Prints how long keys took to reach the screen, at the end.
    package var profiles = false
    /// Sentences and numbers in place of a picture.
    package var isLineMode = false
    /// Time stands still, so that saved screens are equal.
    package var fakeClock = false
    /// Crashes on purpose, to see that the terminal survives: "main" or "worker".
    package var crashTest: String?
    package var environment = ProcessInfo.processInfo.environment

    package init() {}

    /// Whether no terminal is needed.
    package var isHeadless: Bool { script != nil || dumpScreen }
}
