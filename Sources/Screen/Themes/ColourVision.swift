import Foundation

/// Colours as people with a colour-vision deficiency see them.
///
/// Full dichromacy in linear RGB: F. Viénot, H. Brettel, J. Mollon, "Digital video colourmaps for checking the legibility of displays
/// by dichromats", 1999 (protan, deutan); tritan by the one-plane form of Brettel et al. 1997.
package enum ColourVision: String, CaseIterable, Sendable {
    case protan, deutan, tritan

    private var matrix: [[Double]] {
        switch self {
        case .protan: [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]
        case .deutan: [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
        case .tritan: [[1, 0.14461, -0.14461], [0, 0.85924, 0.14076], [0, 0.85924, 0.14076]]
        }
    }

    package func seen(_ colour: RGB) -> RGB {
        let linear = [RGB.linear(colour.red), RGB.linear(colour.green), RGB.linear(colour.blue)]
        let channels = matrix.map { row -> UInt8 in
            let value = max(0, min(1, zip(row, linear).reduce(0) { $0 + $1.0 * $1.1 }))
            let encoded = value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
            return UInt8((encoded * 255).rounded())
        }
        return RGB(channels[0], channels[1], channels[2])
    }
}

/// What `themes check` reports: contrasts that are too low, signs that cannot be told apart.
package struct ThemeCheck: Sendable {
    package struct Contrast: Sendable {
        package var role: Role
        package var ratio: Double
        package var least: Double
        package var passes: Bool { ratio >= least }
    }

    package struct Distance: Sendable {
        package var roles: (Role, Role)
        package var vision: ColourVision
        /// ΔE, CIE 1976.
        package var difference: Double
    }

    package let contrasts: [Contrast]
    package let distances: [Distance]

    /// Roles whose colours are the terminal's own cannot be judged and are left out.
    package init(_ theme: Theme) {
        contrasts = Role.allCases.compactMap { role in
            guard let least = role.leastContrast, let front = theme.foreground(role).rgb, let ground = theme.background(role).rgb else {
                return nil
            }
            return Contrast(role: role, ratio: front.contrast(with: ground), least: least)
        }
        let groups: [[Role]] = [[.parentA, .parentB, .fused], [.ok, .warn, .error]]
        distances = groups.flatMap { group in
            group.indices.flatMap { first in
                group.indices.filter { $0 > first }.flatMap { second in
                    ColourVision.allCases.compactMap { vision in
                        guard let a = theme.foreground(group[first]).rgb, let b = theme.foreground(group[second]).rgb else { return nil }
                        return Distance(
                            roles: (group[first], group[second]), vision: vision,
                            difference: vision.seen(a).difference(from: vision.seen(b)))
                    }
                }
            }
        }
    }

    package var passes: Bool { contrasts.allSatisfy(\.passes) }
}
