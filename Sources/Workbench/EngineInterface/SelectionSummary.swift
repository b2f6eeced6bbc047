/// Which of the parents' neurons a layer keeps, where a method selects neurons instead of mixing them.
struct SelectionSummary: Equatable, Sendable {
    /// How many of each parent are selected, and how many it has.
    var selected: [Int]
    var neurons: [Int]
    /// The share of all neurons' variance that a linear map of the first i selected ones does not explain; empty where the method does not measure it.
    var errors: [Double] = []

    /// What all selected neurons together leave unexplained, as a share of the variance.
    var reconstructionError: Double? { errors.last }

    /// `54+42`, or the total where that is too long.
    func counts(room: Int) -> String {
        let all = selected.map(String.init).joined(separator: "+")
        return all.count <= room ? all : "\(selected.reduce(0, +))"
    }

    func count(of parent: Int) -> String {
        selected.indices.contains(parent) && neurons.indices.contains(parent) ? "\(selected[parent]) of \(neurons[parent])" : "–"
    }
}
