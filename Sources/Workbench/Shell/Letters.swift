/// How networks are named: parents A, B, C …, the fused network F.
enum Letters {
    static func letter(_ index: Int) -> String {
        (0..<26).contains(index) ? String(Unicode.Scalar(UInt8(65 + index))) : "\(index + 1)"
    }

    /// The sign that stands for a parent where colour does not.
    static func sign(_ index: Int) -> String { ["●", "▲", "■"][min(max(0, index), 2)] }
    static let fused = "◆"
}

extension Model {
    func letter(_ parent: Int) -> String { Letters.letter(parent) }
    func letter(_ role: NeuronOwner.Role) -> String { if case .parent(let parent) = role { Letters.letter(parent) } else { "F" } }
}
