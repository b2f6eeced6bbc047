import CNcurses
import Foundation

/// What ends a wait.
package enum TerminalEvent: Hashable, Sendable {
    case input(InputEvent)
    /// Another thread has something for the screen.
    case woken
    /// SIGTERM, SIGHUP, SIGINT or a terminal that has gone away; the number of the signal.
    case terminated(Int32)
    /// Back from suspension: everything must be drawn again.
    case continued
}

/// How a terminal is to be opened.
package struct TerminalOptions: Sendable {
    package var depth: ColourDepth?
    package var themeIsMono: Bool
    package var isMouseOn: Bool
    package var environment: [String: String]
    /// Where crash traces and stray standard-error output go while the screen is up.
    package var logFile: String?

    package init(
        depth: ColourDepth? = nil, themeIsMono: Bool = false, isMouseOn: Bool = true,
        environment: [String: String] = ProcessInfo.processInfo.environment, logFile: String? = nil
    ) {
        self.depth = depth
        self.themeIsMono = themeIsMono
        self.isMouseOn = isMouseOn
        self.environment = environment
        self.logFile = logFile
    }
}

/// A terminal through ncurses: shows cells, waits for events, and leaves everything as it was.
///
/// Only the thread that opened it may touch it; a call from another thread is a defect and stops the program.
package final class CursesBackend {
    package let depth: ColourDepth
    /// Whether the locale can print more than ASCII.
    package let isUnicode: Bool
    package let wake: Wake
    private let screen: OpaquePointer
    private let input: Int32
    private let output: Int32
    private let streams: (out: UnsafeMutablePointer<FILE>, in: UnsafeMutablePointer<FILE>)
    private let signals: Wake
    private let owner = pthread_self()
    private let standardError: StandardErrorLog?
    private var isMouseOn: Bool
    private var decoder = InputDecoder()
    private var shown: Cells?
    private var shownTheme: String?
    private var pairs: [UInt64: Int32] = [:]
    private var isOpen = true
    private let terminalName: String
    /// Whether the terminal's title was set.
    private var isTitled = false

    package init(_ options: TerminalOptions) throws(ScreenError) {
        isUnicode = TerminalLocale.adopt(options.environment)
        guard isatty(STDOUT_FILENO) == 1 else { throw .notATerminal(stream: "standard output") }
        input = isatty(STDIN_FILENO) == 1 ? dup(STDIN_FILENO) : Glibc.open("/dev/tty", O_RDWR)
        output = dup(STDOUT_FILENO)
        guard input >= 0 else { throw .notATerminal(stream: "standard input") }
        let (term, described) = try Self.describe(options.environment["TERM"], output: output)
        terminalName = term
        let direct = Self.directIsAvailable(output: output)
        depth = ColourDepth.choose(
            ColourDepth.Circumstances(
                wanted: options.depth, environment: options.environment, themeIsMono: options.themeIsMono, terminalColours: described,
                directAvailable: direct && described >= 256))
        var modes = termios()
        let hasModes = tcgetattr(input, &modes) == 0
        guard let out = fdopen(output, "w"), let source = fdopen(input, "r") else {
            throw .terminalFailed(operation: "a stream", reason: String(cString: strerror(errno)))
        }
        streams = (out, source)
        signals = try Wake()
        wake = try Wake()
        let opened =
            depth == .direct
            ? Self.withDirectDescription { screen_open("xterm-amalgam", out, source, true) } : screen_open(term, out, source, depth > .mono)
        guard let opened else { throw .terminalUnknown(term: term) }
        screen = opened
        isMouseOn = options.isMouseOn
        standardError = options.logFile.flatMap(StandardErrorLog.init)
        let restore = Self.switchesOff + ["sgr0", "op", "rmkx", "cnorm", "rmcup"].compactMap(Self.capability).joined()
        let log = standardError?.descriptor ?? -1
        withUnsafePointer(to: &modes) { screen_guard_crashes(output, log, options.logFile ?? "", restore, hasModes ? $0 : nil) }
        screen_watch_signals(signals.descriptorForSignals)
        switchOn()
    }

    deinit { close() }

    // MARK: Opening

    /// The terminal's name and colours, or why it cannot show a screen.
    private static func describe(_ name: String?, output: Int32) throws(ScreenError) -> (term: String, colours: Int) {
        guard let name, !name.isEmpty else { throw .terminalUnknown(term: name) }
        var colours: Int32 = 0
        var moves = false
        let known = screen_probe(name, output, &colours, &moves)
        guard known == 1 else { throw .terminalUnknown(term: name) }
        guard moves else { throw .terminalTooPlain(term: name, lacks: "move the cursor") }
        return (name, Int(colours))
    }

    private static func directIsAvailable(output: Int32) -> Bool {
        withDirectDescription {
            var colours: Int32 = 0
            var moves = false
            return screen_probe("xterm-amalgam", output, &colours, &moves) == 1 && colours >= 0xFFFFFF
        }
    }

    /// ncurses reads a description from `$TERMINFO` itself; the variable is put back at once.
    private static func withDirectDescription<Result>(_ body: () -> Result) -> Result {
        let before = getenv("TERMINFO").map { String(cString: $0) }
        setenv("TERMINFO", screen_direct_terminfo, 1)
        defer { if let before { setenv("TERMINFO", before, 1) } else { unsetenv("TERMINFO") } }
        return body()
    }

    private static func capability(_ name: String) -> String? {
        guard let found = screen_capability(name) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    // MARK: Modes beyond curses

    /// Mouse reports in SGR form and marked paste; taken back at every exit.
    private static let mouseOn = "\u{1B}[?1000h\u{1B}[?1002h\u{1B}[?1006h", mouseOff = "\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1000l"
    private static let switchesOff = mouseOff + "\u{1B}[?2004l"

    private func switchOn() { send((isMouseOn ? Self.mouseOn : "") + "\u{1B}[?2004h") }

    /// Takes the mouse, or leaves it to the terminal, whose own selection works then.
    package func setMouse(_ isOn: Bool) {
        checkThread()
        guard isOpen, isOn != isMouseOn else { return }
        isMouseOn = isOn
        send(isOn ? Self.mouseOn : Self.mouseOff)
    }

    private func send(_ text: String) {
        fputs(text, streams.out)
        fflush(streams.out)
    }

    private func checkThread() {
        precondition(pthread_equal(owner, pthread_self()) != 0, "only the thread that opened the terminal may touch it")
    }

    // MARK: Showing

    package var size: Size {
        var window = winsize()
        if ioctl(output, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 {
            return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
        }
        var columns: Int32 = 80, rows: Int32 = 24
        screen_size(&columns, &rows)
        return Size(columns: Int(columns), rows: Int(rows))
    }

    /// Shows a screen; only cells that differ from the last one are touched, and curses sends only what changes on the terminal.
    package func show(_ cells: Cells, painter: inout Painter) {
        checkThread()
        guard isOpen else { return }
        let before = shown?.size == cells.size && shownTheme == painter.theme.id ? shown : nil
        for row in 0..<cells.size.rows {
            for column in 0..<cells.size.columns {
                let cell = cells[row, column]
                if cell.isContinuation || before?[row, column] == cell { continue }
                put(cell, row: row, column: column, painter: &painter)
            }
        }
        let cursor = cells.cursor ?? Position(row: max(0, cells.size.rows - 1), column: 0)
        screen_flush(Int32(cursor.row), Int32(cursor.column), cells.caret && cells.cursor != nil)
        shown = cells
        shownTheme = painter.theme.id
    }

    private func put(_ cell: Cell, row: Int, column: Int, painter: inout Painter) {
        let paint = painter.paint(cell.style)
        let key = UInt64(UInt32(bitPattern: paint.foreground)) << 32 | UInt64(UInt32(bitPattern: paint.background))
        let pair =
            pairs[key]
            ?? {
                let made = paint.foreground < 0 && paint.background < 0 ? 0 : screen_pair(paint.foreground, paint.background)
                pairs[key] = made
                return made
            }()
        var characters = Self.printable(cell.character).map { wchar_t(bitPattern: $0.value) }
        characters.append(0)
        screen_put(Int32(row), Int32(column), characters, paint.attributes.rawValue, pair)
    }

    /// A base with its combining marks, as many as curses holds. Joined emoji are shown as their first one:
    /// terminals disagree about the width of the whole, and none about the width of the part.
    static func printable(_ character: Character) -> [Unicode.Scalar] {
        let scalars = character.unicodeScalars
        guard let base = scalars.first else { return [" "] }
        return [base] + scalars.dropFirst().filter(Text.isMark).filter { !(0xFE00...0xFE0F).contains($0.value) }.prefix(4)
    }

    /// Sets the terminal's title, where it has one, and rings its bell.
    package func announce(_ title: String, rings: Bool) {
        checkThread()
        guard isOpen else { return }
        // A console without titles would print them.
        let hasTitle = Self.titled.contains { terminalName.hasPrefix($0) }
        send((hasTitle ? "\u{1B}]2;\(Text.printable(title))\u{7}" : "") + (rings ? "\u{7}" : ""))
        isTitled = isTitled || hasTitle
    }

    private static let titled = ["xterm", "tmux", "rxvt", "alacritty", "foot", "kitty", "wezterm", "vte", "ghostty", "contour"]

    /// Puts text on the clipboard of the terminal, also through ssh (OSC 52); terminals that do not know it ignore it.
    package func copy(_ text: String) {
        checkThread()
        if isOpen { send("\u{1B}]52;c;\(Data(text.utf8).base64EncodedString())\u{7}") }
    }

    /// Draws everything anew at the next `show`.
    package func redraw() {
        checkThread()
        shown = nil
        let size = size
        screen_resize(Int32(size.columns), Int32(size.rows))
    }

    /// Paints every cell again at the next `show`; only what differs is sent.
    package func repaint() {
        checkThread()
        shown = nil
    }

    // MARK: Waiting

    /// Waits for events, at most `milliseconds` (forever when nil), and takes all there are.
    package func wait(milliseconds: Int?) -> [TerminalEvent] {
        checkThread()
        var descriptors = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0), pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals.readEnd, events: Int16(POLLIN), revents: 0),
        ]
        let patience = decoder.isPasting ? min(milliseconds ?? Self.pastePause, Self.pastePause) : milliseconds
        let count = poll(&descriptors, nfds_t(descriptors.count), Int32(clamping: patience ?? -1))
        guard count > 0 else { return count == 0 ? lostPaste() : [] }
        var events: [TerminalEvent] = []
        if descriptors[2].revents != 0 { events += signalEvents() }
        if descriptors[1].revents != 0 {
            _ = wake.drain()
            events.append(.woken)
        }
        if descriptors[0].revents & Int16(POLLIN) != 0 {
            let read = readInput()
            if read.isEmpty, descriptors[0].revents & Int16(POLLHUP) != 0 { return events + [.terminated(SIGHUP)] }
            events += read
        } else if descriptors[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 {
            events.append(.terminated(SIGHUP))
        }
        return events
    }

    /// How long a paste may pause before its end mark is given up, milliseconds.
    private static let pastePause = 1000

    /// A paste whose end mark has not come is over: keys would be swallowed for ever.
    private func lostPaste() -> [TerminalEvent] { decoder.endPaste().map { [.input($0)] } ?? [] }

    private func readInput() -> [TerminalEvent] {
        var events: [TerminalEvent] = []
        while true {
            let code = screen_read()
            if code < 0 { break }
            if let event = decoder.feed(code) { events.append(.input(event)) }
        }
        if let event = decoder.flush() { events.append(.input(event)) }
        return events
    }

    private func signalEvents() -> [TerminalEvent] {
        var events: [TerminalEvent] = []
        for number in signals.drain().map(Int32.init) {
            switch number {
            case SIGWINCH:
                settle()
                events.append(.input(.resize(size)))
            case SIGCONT:
                switchOn()
                redraw()
                events += [.input(.resize(size)), .continued]
            default: events.append(.terminated(number))
            }
        }
        return events
    }

    /// Draws once after a drag of the window's corner, not at each step: waits until 30 ms pass without another change, at most 300 ms.
    private func settle() {
        for _ in 0..<10 {
            var descriptor = pollfd(fd: signals.readEnd, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 30) > 0 else { break }
            let more = signals.drain()
            for byte in more where Int32(byte) != SIGWINCH { kill(getpid(), Int32(byte)) }
        }
        redraw()
    }

    // MARK: Leaving

    /// Gives the terminal back to the shell until the user continues the program.
    package func suspend() {
        checkThread()
        guard isOpen else { return }
        send(Self.switchesOff)
        endwin()
        signal(SIGTSTP, SIG_DFL)
        kill(0, SIGTSTP)
    }

    /// Leaves the terminal as it was found; harmless when called again.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        screen_unguard_crashes()
        send(Self.switchesOff + (isTitled ? "\u{1B}]2;\u{7}" : ""))
        // A terminal without a second screen keeps the last picture: the shell's line must not be written into it.
        if Self.capability("rmcup") == nil, let clear = Self.capability("clear") { send(clear) }
        endwin()
        screen_watch_signals(-1)
        delscreen(screen)
        standardError?.close()
        fclose(streams.out)
        fclose(streams.in)
    }
}
