/// What a program that calls this one learns of the end.
struct ExitStatus: Error, Equatable {
    let rawValue: Int32

    static let done = ExitStatus(rawValue: 0)
    /// It could not be done; the reason was printed.
    static let failed = ExitStatus(rawValue: 1)
    static let usage = ExitStatus(rawValue: 2)
    static let defect = ExitStatus(rawValue: 70)
    static let interrupted = ExitStatus(rawValue: 130)
}
