/// What a fusion will take, counted beforehand.
struct ForecastSnapshot: Equatable, Sendable {
    var seconds: Double
    /// Beyond what the program has with the parents open.
    var bytes: Int
}
