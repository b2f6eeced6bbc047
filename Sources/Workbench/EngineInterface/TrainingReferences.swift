/// What the curves of a training are compared with: networks measured on its validation data before it begins.
struct TrainingReferences: Equatable, Sendable {
    /// The validation data: "144 samples held out of digits:train".
    var data: String
    /// Parents, their ensemble, and the network as the training finds it.
    var rows: [ResultRow]
    /// How much of the data the parents were trained on, where that is known.
    var overlap: String?
}
