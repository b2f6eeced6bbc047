/// How networks are named: parents A, B, C …, which may go beyond F; the fused network ◆.
enum Letters {
    static func letter(_ index: Int) -> String {
        (0..<26).contains(index) ? String(Unicode.Scalar(UInt8(65 + index))) : "\(index + 1)"
    }

    /// The signs that stand for parents where colour does not; from the ninth on they begin again.
    static let signs = ["●", "▲", "■", "▼", "○", "△", "□", "▽"]
    static func sign(_ index: Int) -> String { signs[max(0, index) % signs.count] }
    static let fused = "◆"
    /// As it is typed: the fused network's sign is on no keyboard.
    static let typedFused = "*"
}

extension Model {
    func letter(_ parent: Int) -> String { Letters.letter(parent) }
    func letter(_ role: NeuronOwner.Role) -> String { if case .parent(let parent) = role { Letters.letter(parent) } else { Letters.fused } }
}
