/// A sequential colour map, dark to light or light to dark, lightness strictly monotone.
///
/// Anchors are the published maps (viridis, magma: S. van der Walt and N. Smith; cividis: J. Nuñez et al. 2018) at equal steps.
/// The 256-colour ramps are ordered by hand: the nearest colours of the cube would turn back in lightness.
package enum ColourMap: String, CaseIterable, Sendable {
    case cividis, viridis, magma, grey, cividisReversed = "cividis-reversed"

    /// Values are shown in this many steps: more cost bytes on a slow line and cannot be told apart.
    package static let levels = 32

    private var anchors: [UInt32] {
        switch self {
        case .cividis, .cividisReversed:
            [
                0x00204D, 0x00306F, 0x2A406C, 0x48526B, 0x5E626E, 0x727374, 0x878479, 0x9E9677, 0xB6A971, 0xD0BE67, 0xEAD357,
                0xFFEA46,
            ]
        case .viridis:
            [0x440154, 0x482576, 0x414487, 0x35608D, 0x2A788E, 0x21908C, 0x22A884, 0x43BF71, 0x7AD151, 0xBBDF27, 0xFDE725]
        case .magma:
            [0x000004, 0x150E37, 0x3B0F70, 0x641A80, 0x8C2981, 0xB63679, 0xDE4968, 0xF76F5C, 0xFE9F6D, 0xFECE91, 0xFCFDBF]
        case .grey: [0x101010, 0xFFFFFF]
        }
    }

    private var ramp256: [UInt8] {
        switch self {
        case .cividis, .cividisReversed: [232, 17, 24, 60, 242, 243, 102, 144, 180, 186, 221, 227]
        case .viridis: [53, 54, 25, 61, 31, 67, 37, 43, 114, 155, 191, 226]
        case .magma: [16, 232, 17, 54, 90, 126, 168, 203, 209, 216, 222, 229]
        case .grey: Array(233...255)
        }
    }

    private var isReversed: Bool { self == .cividisReversed }

    package func rgb(_ level: Int) -> RGB {
        let clamped = max(0, min(Self.levels - 1, level))
        let place = isReversed ? Self.levels - 1 - clamped : clamped
        let points = anchors
        let position = Double(place) / Double(Self.levels - 1) * Double(points.count - 1)
        let low = min(points.count - 2, Int(position))
        return RGB(hex: points[low]).mixed(with: RGB(hex: points[low + 1]), position - Double(low))
    }

    func index256(_ level: Int) -> UInt8 { step(level, of: ramp256) }

    /// Blue, cyan, white: with the background for zero, as many steps as sixteen colours give in strict order of lightness.
    func index16(_ level: Int) -> UInt8 { step(level, of: [4, 12, 6, 14, 15]) }

    private func step(_ level: Int, of ramp: [UInt8]) -> UInt8 {
        let clamped = max(0, min(Self.levels - 1, level))
        let place = clamped * ramp.count / Self.levels
        return ramp[isReversed ? ramp.count - 1 - place : place]
    }
}

/// A map for signed values: negative, zero, positive, symmetric about its middle.
package struct DivergingMap: Hashable, Sendable {
    package var negative: RGB
    package var neutral: RGB
    package var positive: RGB

    package init(negative: RGB, neutral: RGB, positive: RGB) {
        self.negative = negative
        self.neutral = neutral
        self.positive = positive
    }

    package func rgb(_ level: Int) -> RGB {
        let place = Double(max(0, min(ColourMap.levels - 1, level))) / Double(ColourMap.levels - 1) * 2 - 1
        return place < 0 ? neutral.mixed(with: negative, -place) : neutral.mixed(with: positive, place)
    }
}
