/// The network of a recorded run and its parents, measured again class by class.
struct ClassFigures: Equatable, Sendable {
    /// The parents, then what the run made.
    var rows: [ResultRow]
    /// The evaluation data, as shown.
    var data: String
    /// The classes in the order of the outputs, where a file has them.
    var classNames: [String]?
    /// What is not as it was when the run was recorded.
    var notes: [String] = []
}
