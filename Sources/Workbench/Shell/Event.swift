import Screen

/// Everything that changes the model.
enum Event: Sendable {
    /// Input, with what lies under the mouse on the screen as it was last drawn.
    case input(InputEvent, over: MouseTarget? = nil)
    case job(ticket: Int, JobEvent)
    /// SIGTERM, SIGHUP or SIGINT from outside.
    case terminated(signal: Int32)
    /// A message of the loop: a theme warning, a file that was written.
    case note(String, isWarning: Bool)
    /// A file that was to be written exists.
    case exists(OutputFile)
    /// Time has passed without an event.
    case tick
    /// The store of runs has changed, by this process or another.
    case storeChanged
    /// Keys were read again.
    case keys(Keymap)
}
