import Foundation

/// One of the operations that AutoAugment chooses from (Cubuk et al. 2019, table 6), with its strength where it has one.
///
/// Their arithmetic is that of the imaging library Pillow, on which the paper's program stands, in bytes.
enum PixelOperation: Equatable {
    /// Every row is moved by so many pixels for each row below the upper edge, to the left.
    case shearX(Double)
    /// Every column is moved upwards by so many pixels for each column right of the left edge.
    case shearY(Double)
    /// To the right, in pixels.
    case translateX(Int)
    /// Downwards, in pixels.
    case translateY(Int)
    /// Against the clock around the centre, in degrees.
    case rotate(Double)
    /// Maps each channel's darkest to 0 and its brightest to 255.
    case autoContrast
    case invert
    /// Spreads each channel's bytes so that all are about as frequent.
    case equalize
    /// Inverts the bytes from a threshold on.
    case solarize(threshold: Double)
    /// Keeps so many of the highest bits.
    case posterize(bits: Int)
    /// 0 gives one grey, 1 the image.
    case contrast(Double)
    /// 0 gives the grey image, 1 the image.
    case color(Double)
    /// 0 gives black, 1 the image.
    case brightness(Double)
    /// 0 gives a smoothed image, 1 the image.
    case sharpness(Double)

    func apply(to image: inout ByteImage) {
        switch self {
        case .shearX(let slope): image.move { ($0 + slope * $1, $1) }
        case .shearY(let slope): image.move { ($0, $1 + slope * $0) }
        case .translateX(let pixels): image.move { ($0 - Double(pixels), $1) }
        case .translateY(let pixels): image.move { ($0, $1 - Double(pixels)) }
        case .rotate(let degrees): turn(&image, degrees)
        case .autoContrast: stretch(&image)
        case .invert: image.map(Self.table { 255 - $0 })
        case .equalize: spread(&image)
        case .solarize(let threshold): image.map(Self.table { Double($0) < threshold ? $0 : 255 - $0 })
        case .posterize(let bits): image.map(Self.table { $0 & (0xFF << (8 - min(max(bits, 0), 8))) & 0xFF })
        case .contrast(let factor):
            let luma = image.luma, mean = Double(luma.reduce(0) { $0 + Int($1) }) / Double(max(1, luma.count))
            image.blend(from: [UInt8](repeating: UInt8(mean + 0.5), count: image.plane), factor: factor)
        case .color(let factor): image.blend(from: image.luma, factor: factor)
        case .brightness(let factor): image.blend(from: [UInt8](repeating: 0, count: image.plane), factor: factor)
        case .sharpness(let factor): image.blend(from: Self.smoothed(image), factor: factor)
        }
    }

    private static func table(_ value: (Int) -> Int) -> [UInt8] { (0...255).map { UInt8(value($0)) } }

    private func turn(_ image: inout ByteImage, _ degrees: Double) {
        let angle = -degrees * .pi / 180, (cosine, sine) = (cos(angle), sin(angle))
        let (centreX, centreY) = (Double(image.width) / 2, Double(image.height) / 2)
        image.move { x, y in
            let (dx, dy) = (x - centreX, y - centreY)
            return (cosine * dx + sine * dy + centreX, -sine * dx + cosine * dy + centreY)
        }
    }

    private func stretch(_ image: inout ByteImage) {
        for channel in 0..<image.channels {
            let range = image.range(ofChannel: channel), bytes = image.pixels[range]
            guard let least = bytes.min(), let most = bytes.max(), least < most else { continue }
            let scale = 255 / Double(most - least), offset = -Double(least) * scale
            image.map(Self.table { min(max(Int(Double($0) * scale + offset), 0), 255) }, in: range)
        }
    }

    private func spread(_ image: inout ByteImage) {
        for channel in 0..<image.channels {
            let range = image.range(ofChannel: channel)
            var histogram = [Int](repeating: 0, count: 256)
            for byte in image.pixels[range] { histogram[Int(byte)] += 1 }
            // The pixels of the last byte are left out, so that it becomes 255.
            let step = (range.count - (histogram.last { $0 > 0 } ?? 0)) / 255
            guard step > 0 else { continue }
            var below = step / 2, table: [UInt8] = []
            for count in histogram {
                table.append(UInt8(min(below / step, 255)))
                below += count
            }
            image.map(table, in: range)
        }
    }

    /// Each pixel with five times the weight of its eight neighbours; the border stays as it is.
    private static func smoothed(_ image: ByteImage) -> [UInt8] {
        var smooth = image.pixels
        guard image.height > 2, image.width > 2 else { return smooth }
        for channel in 0..<image.channels {
            for y in 1..<image.height - 1 {
                for x in 1..<image.width - 1 {
                    let centre = channel * image.plane + y * image.width + x
                    var sum = 4 * Int(image.pixels[centre])
                    for row in -1...1 {
                        for column in -1...1 { sum += Int(image.pixels[centre + row * image.width + column]) }
                    }
                    smooth[centre] = UInt8((2 * sum + 13) / 26)
                }
            }
        }
        return smooth
    }
}
