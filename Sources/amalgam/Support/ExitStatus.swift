/// What a program that calls this one learns of the end.
enum ExitStatus: Int32, Error {
    case done = 0
    /// It could not be done; the reason was printed.
    case failed = 1
    case usage = 2
    case defect = 70
    case interrupted = 130
}
