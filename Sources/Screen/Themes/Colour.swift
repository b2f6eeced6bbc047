import Foundation

/// A colour in sRGB, eight bits a channel.
package struct RGB: Hashable, Sendable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    package init(hex value: UInt32) {
        self.init(UInt8(truncatingIfNeeded: value >> 16), UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value))
    }

    /// Reads `#rrggbb`.
    package init?(_ text: String) {
        guard text.hasPrefix("#"), text.count == 7, let value = UInt32(text.dropFirst(), radix: 16) else { return nil }
        self.init(hex: value)
    }

    package var hex: UInt32 { UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue) }

    static func linear(_ channel: UInt8) -> Double {
        let value = Double(channel) / 255
        return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }

    /// Relative luminance, WCAG 2.2.
    package var luminance: Double { 0.2126 * Self.linear(red) + 0.7152 * Self.linear(green) + 0.0722 * Self.linear(blue) }

    /// Contrast ratio, 1…21, WCAG 2.2.
    package func contrast(with other: RGB) -> Double {
        let a = luminance, b = other.luminance
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    /// CIE L*a*b* under D65.
    package var lab: (l: Double, a: Double, b: Double) {
        let r = Self.linear(red), g = Self.linear(green), b = Self.linear(blue)
        func f(_ t: Double) -> Double { t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116 }
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047)
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)
        return (116 * y - 16, 500 * (x - y), 200 * (y - z))
    }

    /// Colour difference ΔE, CIE 1976.
    package func difference(from other: RGB) -> Double {
        let p = lab, q = other.lab
        return ((p.l - q.l) * (p.l - q.l) + (p.a - q.a) * (p.a - q.a) + (p.b - q.b) * (p.b - q.b)).squareRoot()
    }

    /// The colour `fraction` of the way to another, channel by channel.
    package func mixed(with other: RGB, _ fraction: Double) -> RGB {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
            UInt8(max(0, min(255, (Double(a) + (Double(b) - Double(a)) * fraction).rounded())))
        }
        return RGB(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
    }
}

/// A colour as a theme names it.
package enum Colour: Hashable, Sendable {
    /// The terminal's own foreground or background.
    case terminal
    /// One of the sixteen colours whose look the user has chosen.
    case ansi(UInt8)
    case indexed(UInt8)
    case rgb(RGB)

    static let ansiNames = [
        "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "bright-black", "bright-red", "bright-green",
        "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan", "bright-white",
    ]

    /// An sRGB estimate, for contrast and nearness; the terminal's own colours are unknown.
    package var rgb: RGB? {
        switch self {
        case .terminal: nil
        case .ansi(let index), .indexed(let index): TerminalPalette.colour(index)
        case .rgb(let value): value
        }
    }
}

/// The 256 colours of xterm.
enum TerminalPalette {
    private static let sixteen: [UInt32] = [
        0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
        0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
    ]

    static func colour(_ index: UInt8) -> RGB {
        let i = Int(index)
        if i < 16 { return RGB(hex: sixteen[i]) }
        if i >= 232 {
            let grey = UInt8(8 + (i - 232) * 10)
            return RGB(grey, grey, grey)
        }
        let steps: [UInt8] = [0, 95, 135, 175, 215, 255]
        return RGB(steps[(i - 16) / 36], steps[(i - 16) / 6 % 6], steps[(i - 16) % 6])
    }

    /// The nearest of the 240 fixed colours (the first sixteen are the user's own and not relied on).
    static func nearest256(_ colour: RGB) -> UInt8 { nearest(colour, among: 16...255) }
    static func nearest16(_ colour: RGB) -> UInt8 { nearest(colour, among: 0...15) }

    private static func nearest(_ colour: RGB, among indices: ClosedRange<UInt8>) -> UInt8 {
        indices.min { Self.colour($0).difference(from: colour) < Self.colour($1).difference(from: colour) } ?? 7
    }
}
