/// The points that no other point matches in value at lower or equal cost.
enum ParetoFront {
    /// The indices of the front, by cost. Of equal answers the first is on it; what is not a number is on none.
    static func indices(_ points: [(cost: Double, value: Double)]) -> [Int] {
        let order = points.indices.filter { points[$0].cost.isFinite && points[$0].value.isFinite }
            .sorted { (points[$0].cost, -points[$0].value, $0) < (points[$1].cost, -points[$1].value, $1) }
        var best = -Double.infinity, front: [Int] = []
        for index in order where points[index].value > best {
            front.append(index)
            best = points[index].value
        }
        return front
    }
}
